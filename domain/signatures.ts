/**
 * What is signed, with which key, and how the result is written into headers.
 * Text only: the HMAC itself is made where Node's crypto is, because workflows load this folder.
 */
import { assertNever } from './assert-never.ts';
import type { HookFormat } from './formats.ts';

const standardPrefix = 'whsec_';

/** The key that Standard Webhooks uses for a secret: which text to decode, and how. */
export function standardKey(secret: string): { readonly text: string; readonly encoding: 'base64' | 'utf8' } {
  return secret.startsWith(standardPrefix)
    ? { text: secret.slice(standardPrefix.length), encoding: 'base64' }
    : { text: secret, encoding: 'utf8' };
}

/** A secret as Standard Webhooks libraries want it: `whsec_` and the key's bytes in base64. */
export function standardSecret(keyBase64: string): string {
  return `${standardPrefix}${keyBase64}`;
}

/** The text before the body in what Standard Webhooks signs: `id.timestamp.`. */
export function standardSignedPrefix(id: string, timestampSeconds: number): string {
  return `${id}.${timestampSeconds}.`;
}

/** The headers of a signed request that carry signatures. */
export type SignatureHeaders = Readonly<Record<string, string>>;

/** The digests of one body under one secret, as text. */
export interface Digests {
  /** HMAC-SHA256 of the body under the secret's text, in hex. */
  readonly bodyHex: string;
  /** HMAC-SHA1 of the same, for `socialgateway` alone. */
  readonly bodySha1Hex?: string;
  /** HMAC-SHA256 of `id.timestamp.body` under the standard key, in base64. */
  readonly standardBase64: string;
}

/** Lays the digests out as the headers of a format; `previous` are those of the old secret while a rotation lasts. */
export function signatureHeaders(
  format: HookFormat,
  current: Digests,
  previous: Digests | undefined,
): SignatureHeaders {
  const standard = `v1,${current.standardBase64}`;
  return {
    'webhook-signature': previous === undefined ? standard : `${standard} v1,${previous.standardBase64}`,
    ...ownHeaders(format, current, previous),
  };
}

/** The single-valued headers carry the present secret's digest; the old one's is beside them. */
function ownHeaders(format: HookFormat, current: Digests, previous: Digests | undefined): SignatureHeaders {
  switch (format) {
    case 'sigmagit':
      return {
        'X-Sigmagit-Signature': `sha256=${current.bodyHex}`,
        ...(previous && { 'X-Sigmagit-Signature-Previous': `sha256=${previous.bodyHex}` }),
      };
    case 'socialgateway':
      return {
        'X-Hub-Signature': `sha1=${current.bodySha1Hex}`,
        'X-Hub-Signature-256': `sha256=${current.bodyHex}`,
        ...(previous && { 'X-Hub-Signature-256-Previous': `sha256=${previous.bodyHex}` }),
      };
    case 'standard':
      return {};
    default:
      return assertNever(format);
  }
}
