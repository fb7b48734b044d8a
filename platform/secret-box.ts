/**
 * Seals secrets for the database: AES-256-GCM with a fresh nonce each, bound to a context, under named keys.
 * The first key seals, every key opens, so keys can be changed without losing anything. Never logs what it handles.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';

/** A key and the name under which sealed values remember it. */
export interface NamedKey {
  /** At most 32 characters of `a-z A-Z 0-9 _ -`. */
  readonly name: string;
  /** Exactly 32 bytes. */
  readonly key: Buffer;
}

/** Seals and opens text. */
export interface SecretBox {
  /** Encrypts text for a context. */
  readonly seal: (text: string, context: string) => Buffer;
  /** Decrypts what was sealed for the same context; throws when it was not, or when its key is not known. */
  readonly open: (sealed: Buffer, context: string) => string;
}

const nonceBytes = 12;
const tagBytes = 16;

/**
 * Reads `name:base64,name:base64`: each key 32 bytes. The first one seals.
 *
 * @throws Error that names the entry at fault, never its key
 */
export function parseEncryptionKeys(text: string): readonly NamedKey[] {
  const keys = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry, index) => {
      const [name = '', encoded = ''] = entry.split(':', 2);
      if (!/^[\w-]{1,32}$/.test(name))
        throw new Error(`entry ${index + 1} has no usable name before its colon`);
      const key = Buffer.from(encoded, 'base64');
      if (key.length !== 32) throw new Error(`the key named ${name} is ${key.length} bytes instead of 32`);
      return { name, key };
    });
  if (keys.length === 0) throw new Error('no key is given');
  if (new Set(keys.map(({ name }) => name)).size !== keys.length)
    throw new Error('two keys have the same name');
  return keys;
}

/** Makes a box from keys, the first of which seals. Layout: name length, name, nonce, tag, ciphertext. */
export function createSecretBox(named: readonly NamedKey[]): SecretBox {
  // Node wraps bytes anew at each call, which costs more than the cipher.
  const keys = named.map(({ name, key }) => ({ name, key: createSecretKey(key) }));
  const [sealing] = keys;
  if (sealing === undefined) throw new Error('A secret box needs at least one key');
  return {
    seal: (text, context) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', sealing.key, nonce).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      const name = Buffer.from(sealing.name);
      return Buffer.concat([Buffer.from([name.length]), name, nonce, cipher.getAuthTag(), sealed]);
    },
    open: (sealed, context) => {
      const nameEnd = 1 + (sealed[0] ?? 0);
      const name = sealed.subarray(1, nameEnd).toString();
      const key = keys.find((candidate) => candidate.name === name)?.key;
      if (key === undefined) throw new Error(`No encryption key named ${JSON.stringify(name)} is configured`);
      const tagStart = nameEnd + nonceBytes;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(nameEnd, tagStart))
        .setAAD(Buffer.from(context))
        .setAuthTag(sealed.subarray(tagStart, tagStart + tagBytes));
      return Buffer.concat([
        decipher.update(sealed.subarray(tagStart + tagBytes)),
        decipher.final(),
      ]).toString('utf8');
    },
  };
}
