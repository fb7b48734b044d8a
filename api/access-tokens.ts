/** The text of our own tokens, and what is kept of them. Needs nothing: it is loaded before anything else runs. */
import { createHash, randomBytes } from 'node:crypto';

/** A fresh token: `hf_` and 32 random bytes in base64url. */
export function makeToken(): string {
  return `hf_${randomBytes(32).toString('base64url')}`;
}

/** What is kept of a token. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
