/**
 * The secrets of an installation on one machine: made at its first start, kept in one file that only its owner reads.
 * Never printed whole: the platform token is shown by `npm start`, the encryption key by nobody.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeToken } from '#api/access-tokens.ts';

/** What is kept. */
export interface LocalSecrets {
  readonly platformToken: string;
  /** The token of the owner of the first repository. */
  readonly ownerToken: string;
  /** In the form of `HOLDFAST_ENCRYPTION_KEYS`. */
  readonly encryptionKeys: string;
}

/** Reads the secrets of a data folder, making them at the first call. Throws when the file cannot be read as such. */
export async function keepSecrets(dataDir: string): Promise<LocalSecrets> {
  const file = join(dataDir, 'secrets.json');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LocalSecrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new Error(`Cannot read ${file}`, { cause: error });
  }
  const secrets: LocalSecrets = {
    platformToken: makeToken(),
    ownerToken: makeToken(),
    encryptionKeys: `local:${randomBytes(32).toString('base64')}`,
  };
  const fresh = `${file}.new`;
  await writeFile(fresh, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 });
  await rename(fresh, file);
  return secrets;
}
