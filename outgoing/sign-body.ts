/**
 * Makes the digests that go into signature headers. Signs bytes, never text that was parsed and written again;
 * the layout of the headers is domain/signatures.ts.
 */
import { createHmac, createSecretKey } from 'node:crypto';
import type { HookFormat } from '#domain/formats.ts';
import { standardKey, standardSignedPrefix, type Digests } from '#domain/signatures.ts';

/** What is signed beside the body by Standard Webhooks. */
export interface SignedMessage {
  /** The `webhook-id`: the delivery's id. */
  readonly id: string;
  readonly timestampSeconds: number;
  readonly body: Buffer;
}

/** The digests that a format's headers need of a message under one secret. */
export function signBody(
  format: HookFormat,
  secret: string,
  { id, timestampSeconds, body }: SignedMessage,
): Digests {
  const { text, encoding } = standardKey(secret);
  return {
    ...(format === 'socialgateway'
      ? { bodySha1Hex: createHmac('sha1', secret).update(body).digest('hex') }
      : {}),
    // A text as it is: bytes would be wrapped into a key first, which costs more than the digest.
    bodyHex: createHmac('sha256', secret).update(body).digest('hex'),
    standardBase64: createHmac('sha256', encoding === 'utf8' ? text : createSecretKey(text, encoding))
      .update(standardSignedPrefix(id, timestampSeconds))
      .update(body)
      .digest('base64'),
  };
}
