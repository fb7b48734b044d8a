/**
 * Verifies what Holdfast sent, for receivers: over the bytes that came, in constant time.
 * Depends on nothing but Node, and never parses the body.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const prefix = 'sha256=';

/**
 * True when `X-Sigmagit-Signature` was made over exactly these bytes with this secret.
 *
 * @param bytes the body as it was received, before any parsing
 * @param header the header's text; absent or malformed means false
 * @param secret the hook's secret as it was shown: its text is the key
 */
export function verifySignature(
  bytes: Uint8Array,
  header: string | undefined | null,
  secret: string,
): boolean {
  if (!header?.startsWith(prefix)) return false;
  const given = Buffer.from(header.slice(prefix.length), 'hex');
  const expected = createHmac('sha256', Buffer.from(secret, 'utf8')).update(bytes).digest();
  return given.length === expected.length && timingSafeEqual(given, expected);
}
