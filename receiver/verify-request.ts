/**
 * Verifies a request of a `sigmagit` hook, also while the hook's secret is being rotated: then Holdfast signs with both
 * secrets, and a receiver may know the old one, the new one or both.
 */
import { hasHexSignature } from './hex-signature.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';

const names = ['x-sigmagit-signature', 'x-sigmagit-signature-previous'];

/**
 * True when one of the secrets made `X-Sigmagit-Signature` or, during a rotation, `X-Sigmagit-Signature-Previous`.
 *
 * @param bytes the body as it was received, before any parsing
 * @param secrets every secret that is good now: one, or during a rotation the new and the old one
 * @throws TypeError when no secret is given, one is empty, or the body is not bytes
 */
export function verifyRequest(
  bytes: Uint8Array,
  headers: RequestHeaders,
  secrets: string | readonly string[],
): boolean {
  const signatures = names.map((name) => headerOf(headers, name));
  return hasHexSignature(bytes, signatures, secrets, 'sha256');
}
