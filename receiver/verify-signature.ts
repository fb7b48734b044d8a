/** Verifies one signature header, for receivers that read their headers themselves. Never parses the body. */
import { hasHexSignature } from './hex-signature.ts';
import type { HeaderValue } from './request-headers.ts';

/**
 * True when `X-Sigmagit-Signature` was made over exactly these bytes with this secret.
 *
 * @param bytes the body as it was received, before any parsing
 * @param header the header's text; absent or malformed means false
 * @param secret the hook's secret as it was shown: its text is the key
 * @throws TypeError when the secret is empty or the body is not bytes: both are mistakes of the caller
 */
export function verifySignature(bytes: Uint8Array, header: HeaderValue, secret: string): boolean {
  return hasHexSignature(bytes, [header], [secret], 'sha256');
}
