/** The signature that is `sha256=` or `sha1=` and a digest in hexadecimal, over the body alone. Never parses the body. */
import { createHmac } from 'node:crypto';
import { checkBytes, knownSecrets } from './known-secrets.ts';
import type { HeaderValue } from './request-headers.ts';
import { sameText } from './same-text.ts';

/** True when one of the headers was made over exactly these bytes with one of the secrets, whose text is the key. */
export function hasHexSignature(
  bytes: Uint8Array,
  headers: readonly HeaderValue[],
  secrets: string | readonly string[],
  algorithm: 'sha1' | 'sha256',
): boolean {
  checkBytes(bytes);
  const known = knownSecrets(secrets);
  // Whatever is not exactly what the sender writes, letter for letter, is another text and so not right.
  const given = headers.filter((header): header is string => typeof header === 'string');
  if (given.length === 0) return false;
  return known.some((secret) => {
    const digest = createHmac(algorithm, Buffer.from(secret, 'utf8')).update(bytes).digest('hex');
    return given.some((header) => sameText(header, `${algorithm}=${digest}`));
  });
}
