/**
 * Looks at what the caller brings before anything is verified with it. Mistakes of the caller are thrown: answered as
 * `false` they would look like an attack, and an empty secret would accept whatever anyone signs with none.
 */

/** How a public key of Standard Webhooks begins. */
export const publicKeyPrefix = 'whpk_';

/**
 * The secrets as a list.
 *
 * @throws TypeError when there is none, when one is empty, or when one is a public key: anybody could sign with that
 */
export function knownSecrets(secrets: string | readonly string[]): readonly string[] {
  const known = typeof secrets === 'string' ? [secrets] : secrets;
  if (!Array.isArray(known) || known.length === 0) throw new TypeError('No secret of the hook is given');
  for (const secret of known as readonly unknown[]) {
    if (typeof secret !== 'string' || secret === '') throw new TypeError('The secret of the hook is empty');
    if (secret.startsWith(publicKeyPrefix)) throw new TypeError('A public key is given as the secret');
  }
  return known;
}

/** @throws TypeError when the body is not bytes any more */
export function checkBytes(bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('The body must be the bytes as they were received');
}
