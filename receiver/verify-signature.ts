/**
 * Verifies what Holdfast sent, for receivers: over the bytes that came, in constant time.
 * Depends on nothing but Node, and never parses the body.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Exactly what Holdfast writes: anything looser would let a tampered header through. */
const form = /^sha256=(?<digest>[0-9a-f]{64})$/;

/** A header as Node or the Fetch API gives it. One that came several times is an array, and never right. */
export type HeaderValue = string | readonly string[] | undefined | null;

/**
 * True when `X-Sigmagit-Signature` was made over exactly these bytes with this secret.
 *
 * @param bytes the body as it was received, before any parsing
 * @param header the header's text; absent or malformed means false
 * @param secret the hook's secret as it was shown: its text is the key
 * @throws TypeError when the secret is empty or the body is not bytes: both are mistakes of the caller, and an
 *   empty secret would accept whatever anyone signs with none
 */
export function verifySignature(bytes: Uint8Array, header: HeaderValue, secret: string): boolean {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('The body must be the bytes as they were received');
  if (typeof secret !== 'string' || secret === '') throw new TypeError('The secret of the hook is empty');
  const digest = typeof header === 'string' ? form.exec(header)?.groups?.['digest'] : undefined;
  if (digest === undefined) return false;
  const expected = createHmac('sha256', Buffer.from(secret, 'utf8')).update(bytes).digest();
  return timingSafeEqual(Buffer.from(digest, 'hex'), expected);
}
