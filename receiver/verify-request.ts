/**
 * Verifies a whole request, also while a hook's secret is being rotated: then Holdfast signs with both secrets,
 * and a receiver may know the old one, the new one or both.
 */
import { verifySignature, type HeaderValue } from './verify-signature.ts';

/** Headers as `node:http`, Koa or the Fetch API give them. */
export type RequestHeaders =
  | Readonly<Record<string, HeaderValue>>
  | { readonly get: (name: string) => string | null };

const current = 'x-sigmagit-signature';
const previous = 'x-sigmagit-signature-previous';

/**
 * True when one of the secrets made `X-Sigmagit-Signature` or, during a rotation, `X-Sigmagit-Signature-Previous`.
 *
 * @param bytes the body as it was received, before any parsing
 * @param secrets every secret that is good now: one, or during a rotation the new and the old one
 * @throws TypeError when no secret is given, or one is empty
 */
export function verifyRequest(
  bytes: Uint8Array,
  headers: RequestHeaders,
  secrets: string | readonly string[],
): boolean {
  const known = typeof secrets === 'string' ? [secrets] : secrets;
  if (known.length === 0) throw new TypeError('No secret of the hook is given');
  const signatures = [current, previous].map((name) => headerOf(headers, name));
  return known.some((secret) => signatures.some((signature) => verifySignature(bytes, signature, secret)));
}

function headerOf(headers: RequestHeaders, name: string): HeaderValue {
  const { get } = headers;
  return typeof get === 'function' ? get.call(headers, name) : (headers as Record<string, HeaderValue>)[name];
}
