/**
 * Makes the request of an attempt from its material: body, headers, signatures.
 * Opens the secrets it needs and lets them go; what it hands on for the record has them masked.
 */
import { formatBody, type HookFormat } from '#domain/formats.ts';
import { mask } from '#domain/mask.ts';
import { signatureHeaders, type SignatureHeaders } from '#domain/signatures.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import { hookHeadersContext, hookSecretContext } from '#domain/secret-contexts.ts';
import { signBody } from './sign-body.ts';
import type { SendableMaterial } from './standing.ts';

/** A request ready to be sent. */
export interface BuiltRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The headers as they may be kept and shown: custom values are masked. */
  readonly shownHeaders: Readonly<Record<string, string>>;
}

const userAgents: Readonly<Record<HookFormat, string>> = {
  sigmagit: 'Sigmagit-Webhook/1.0',
  standard: 'Holdfast/1.0',
};

function signatures(
  material: SendableMaterial,
  message: Parameters<typeof signBody>[1],
  secrets: SecretBox,
): Partial<SignatureHeaders> {
  if (material.secret === null) return {};
  const context = hookSecretContext(material.hookId);
  const current = signBody(secrets.open(material.secret, context), message);
  const previous =
    material.previousSecret === null
      ? undefined
      : signBody(secrets.open(material.previousSecret, context), message);
  const headers = signatureHeaders(current, previous);
  return material.format === 'standard' ? { 'webhook-signature': headers['webhook-signature'] } : headers;
}

/**
 * Builds the request for an attempt.
 *
 * @param nowMs the moment of the attempt, which goes into the signature
 */
export function buildRequest(
  deliveryId: string,
  material: SendableMaterial,
  secrets: SecretBox,
  nowMs: number,
): BuiltRequest {
  const { format, eventType, acceptedAt, payload } = material;
  const body = Buffer.from(
    formatBody(format, { type: eventType, payload, acceptedAt: acceptedAt.toISOString() }),
    'utf8',
  );
  const timestampSeconds = Math.floor(nowMs / 1000);
  const custom: Record<string, string> =
    material.headers === null
      ? {}
      : (JSON.parse(secrets.open(material.headers, hookHeadersContext(material.hookId))) as Record<
          string,
          string
        >);
  const own: Record<string, string> = {
    'Content-Type': 'application/json',
    'User-Agent': userAgents[format],
    ...(format === 'sigmagit' ? { 'X-Sigmagit-Event': eventType } : {}),
    'webhook-id': deliveryId,
    'webhook-timestamp': String(timestampSeconds),
    ...signatures(material, { id: deliveryId, timestampSeconds, body }, secrets),
  };
  const masked = Object.fromEntries(Object.keys(custom).map((name) => [name, mask]));
  return {
    url: material.url,
    headers: { ...custom, ...own },
    body,
    shownHeaders: { ...masked, ...own },
  };
}
