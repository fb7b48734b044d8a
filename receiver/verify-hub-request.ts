/**
 * Verifies a request of a `socialgateway` hook, which is signed as GitHub signs. The bytes of the body are what counts,
 * JSON or a form. SHA-1 never stands in for a SHA-256 that is wrong: whoever can change the body could choose it.
 */
import { hasHexSignature } from './hex-signature.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';

const names = ['x-hub-signature-256', 'x-hub-signature-256-previous'];

/** What else is good enough. */
export interface HubOptions {
  /**
   * True to take `X-Hub-Signature` (SHA-1) from senders that send no `X-Hub-Signature-256` at all. False unless asked
   * for: Holdfast sends both.
   */
  readonly allowSha1?: boolean | undefined;
}

/**
 * True when one of the secrets made `X-Hub-Signature-256` or, during a rotation, `X-Hub-Signature-256-Previous`.
 *
 * @param bytes the body as it was received, before any parsing
 * @param secrets every secret that is good now: one, or during a rotation the new and the old one
 * @throws TypeError when no secret is given, one is empty, or the body is not bytes
 */
export function verifyHubRequest(
  bytes: Uint8Array,
  headers: RequestHeaders,
  secrets: string | readonly string[],
  { allowSha1 = false }: HubOptions = {},
): boolean {
  const signatures = names.map((name) => headerOf(headers, name) ?? undefined);
  const weakOnly = signatures.every((signature) => signature === undefined);
  return allowSha1 && weakOnly
    ? hasHexSignature(bytes, [headerOf(headers, 'x-hub-signature')], secrets, 'sha1')
    : hasHexSignature(bytes, signatures, secrets, 'sha256');
}
