/**
 * Makes the request for a web hook: body, headers, signatures.
 * Opens the secrets it needs and lets them go; what it hands on for the record has them masked.
 */
import { assertNever } from '#domain/assert-never.ts';
import { formatBody, formBody, type HookFormat } from '#domain/formats.ts';
import { gatewayName } from '#domain/rendering/event-name.ts';
import { mask } from '#domain/mask.ts';
import { hookHeadersContext, hookSecretContext } from '#domain/secret-contexts.ts';
import { signatureHeaders, type SignatureHeaders } from '#domain/signatures.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import { secretsOfHeaders } from './secrets-of.ts';
import { signBody } from './sign-body.ts';
import type { MessageMaterial } from './message-material.ts';

/** A request ready to be sent. */
export interface BuiltRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly insecureTls: boolean;
  /** The headers as they may be kept and shown: custom values are masked. */
  readonly shownHeaders: Readonly<Record<string, string>>;
  /** What must not be kept when the receiver says it back. */
  readonly secrets: readonly string[];
}

/** What a request is built from beside the delivery's material. */
export interface RequestOptions {
  readonly deliveryId: string;
  readonly secrets: SecretBox;
  /** The moment of the attempt, which goes into the signature. */
  readonly nowMs: number;
  /** Seven hexadecimal digits that tell this build from others. */
  readonly build: string;
  /** The JSON that the hook's template made; undefined for the format's own. */
  readonly templated: string | undefined;
}

/** Builds the request for an attempt. */
export function buildRequest(material: MessageMaterial, options: RequestOptions): BuiltRequest {
  const { deliveryId, secrets, nowMs, templated } = options;
  const { format, settings } = material;
  const json = templated ?? formatBody(format, eventOf(material));
  const isForm = format === 'socialgateway' && settings['content_type'] === 'form';
  const body = Buffer.from(isForm ? formBody(json) : json, 'utf8');
  const timestampSeconds = Math.floor(nowMs / 1000);
  const custom = customHeaders(material, secrets);
  const own: Record<string, string> = {
    'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
    ...headersOf(format, material, options),
    'webhook-id': deliveryId,
    'webhook-timestamp': String(timestampSeconds),
    ...signatures(material, { id: deliveryId, timestampSeconds, body }, secrets),
  };
  const masked = Object.fromEntries(Object.keys(custom).map((name) => [name, mask]));
  return {
    url: material.url ?? '',
    headers: { ...custom, ...own },
    body,
    insecureTls: settings['insecure_ssl'] === true,
    shownHeaders: { ...masked, ...own },
    secrets: secretsOfHeaders(custom),
  };
}

/** The event of some material, as formats see it. */
export function eventOf({ eventType, shape, acceptedAt, payload }: MessageMaterial) {
  return { type: eventType, shape, payload, acceptedAt: acceptedAt.toISOString() };
}

function customHeaders(
  { headers, hookId }: MessageMaterial,
  secrets: SecretBox,
): Readonly<Record<string, string>> {
  if (headers === null) return {};
  return JSON.parse(secrets.open(headers, hookHeadersContext(hookId))) as Record<string, string>;
}

/** The headers by which receivers know a format. */
function headersOf(
  format: HookFormat,
  { eventType, hookNumber, repositoryId }: MessageMaterial,
  { deliveryId, build }: RequestOptions,
): Readonly<Record<string, string>> {
  switch (format) {
    case 'sigmagit':
      return { 'User-Agent': 'Sigmagit-Webhook/1.0', 'X-Sigmagit-Event': eventType };
    case 'socialgateway':
      return {
        'User-Agent': `SocialGateway Hookshot ${build}`,
        'X-Github-Event': gatewayName(eventType).name,
        'X-Github-Delivery': deliveryId,
        'X-GitHub-Hook-ID': hookNumber,
        'X-GitHub-Hook-Installation-Target-Type': 'repository',
        // A platform's ids may hold anything; a header may not.
        'X-GitHub-Hook-Installation-Target-ID': encodeURIComponent(repositoryId),
      };
    case 'standard':
      return { 'User-Agent': 'Holdfast/1.0' };
    default:
      return assertNever(format);
  }
}

function signatures(
  { format, hookId, secret, previousSecret }: MessageMaterial,
  message: Parameters<typeof signBody>[2],
  secrets: SecretBox,
): SignatureHeaders {
  if (secret === null) return {};
  const digestsUnder = (sealed: Buffer) =>
    signBody(format, secrets.open(sealed, hookSecretContext(hookId)), message);
  return signatureHeaders(
    format,
    digestsUnder(secret),
    previousSecret === null ? undefined : digestsUnder(previousSecret),
  );
}
