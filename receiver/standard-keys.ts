/** Keys of Standard Webhooks: from the text that people copy to what `node:crypto` takes. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { publicKeyPrefix } from './known-secrets.ts';

const secretPrefix = 'whsec_';
const publicKeyBytes = 32;

/**
 * The key that a secret stands for: base64 after `whsec_`, otherwise the text itself, so that a hook's `secret` and its
 * `standardSecret` are the same key.
 *
 * @throws TypeError when nothing follows the prefix
 */
export function standardKey(secret: string): Buffer {
  if (!secret.startsWith(secretPrefix)) return Buffer.from(secret, 'utf8');
  const key = Buffer.from(secret.slice(secretPrefix.length), 'base64');
  if (key.length === 0) throw new TypeError('The secret of the hook is empty');
  return key;
}

/**
 * An ed25519 key from `whpk_` and base64.
 *
 * @throws TypeError for any other text
 */
export function standardPublicKey(text: string): KeyObject {
  const bytes = text.startsWith(publicKeyPrefix)
    ? Buffer.from(text.slice(publicKeyPrefix.length), 'base64')
    : Buffer.alloc(0);
  if (bytes.length !== publicKeyBytes) throw new TypeError(`Not an ed25519 public key: ${text}`);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}
