/**
 * Makes what is sent of its material: a request for a web hook, a service's own message for every other.
 * Decides here whether there is anything to send; sends nothing. What it hands on for the record holds no secret.
 */
import { assertNever } from '#domain/assert-never.ts';
import { pingType } from '#domain/events.ts';
import { formatBody } from '#domain/formats.ts';
import { mask } from '#domain/mask.ts';
import { renderEvent } from '#domain/rendering/render-event.ts';
import { hookSettingsContext } from '#domain/secret-contexts.ts';
import { findService } from '#domain/services/registry.ts';
import type {
  HttpMessage,
  IrcMessage,
  MailMessage,
  MessageService,
  OutgoingMessage,
  Settings,
} from '#domain/services/service.ts';
import type { Expressions } from '#platform/expressions/expressions.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import { buildRequest, eventOf } from './build-request.ts';
import type { MessageMaterial } from './message-material.ts';
import type { MessageToSend } from './message-to-send.ts';
import { secretsOf } from './secrets-of.ts';

/** A message, and what may be told of it. */
export interface PreparedMessage {
  readonly kind: 'message';
  readonly message: MessageToSend;
  readonly shown: ShownMessage;
  /** What must not be kept when the receiver says it back. */
  readonly secrets: readonly string[];
}

/** What came of it. */
export type Prepared =
  | PreparedMessage
  | { readonly kind: 'nothing'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: string };

/** A message as it may be kept and shown. */
export interface ShownMessage {
  readonly headers: Readonly<Record<string, string>>;
  /** Null where the event and the hook's format alone tell it. */
  readonly body: string | null;
}

/** What preparing needs. */
export interface PrepareDependencies {
  readonly secrets: SecretBox;
  readonly expressions: Expressions;
  /** Seven hexadecimal digits that tell this build from others. */
  readonly build: string;
}

/** Prepares a message that is sent at `nowMs`. */
export async function prepareMessage(
  dependencies: PrepareDependencies,
  deliveryId: string,
  material: MessageMaterial,
  nowMs: number,
): Promise<Prepared> {
  const { secrets, build } = dependencies;
  const filtered = await applyFilter(dependencies, deliveryId, material);
  if (filtered !== undefined) return filtered;
  const service = findService(material.service);
  if (service === undefined) {
    return { kind: 'nothing', reason: `This version knows no service ${material.service}.` };
  }
  if (service.kind === 'message') return prepareByService(service, deliveryId, material, secrets);
  const templated = await applyTemplate(dependencies, deliveryId, material);
  if (templated?.kind === 'failed') return templated;
  const {
    shownHeaders,
    secrets: unspoken,
    ...request
  } = buildRequest(material, {
    deliveryId,
    secrets,
    nowMs,
    build,
    templated: templated?.json,
  });
  return {
    kind: 'message',
    message: { transport: 'http', ...request },
    shown: { headers: shownHeaders, body: templated === undefined ? null : request.body.toString('utf8') },
    secrets: unspoken,
  };
}

/** Undefined when the delivery is to go on. */
async function applyFilter(
  dependencies: PrepareDependencies,
  deliveryId: string,
  material: MessageMaterial,
): Promise<Prepared | undefined> {
  const { filter, eventType } = material;
  // A ping is to tell whether the hook works, not what it thinks of events.
  if (filter === null || eventType === pingType) return undefined;
  const result = await evaluate(dependencies, deliveryId, material, filter);
  if (!result.ok) return { kind: 'failed', error: `The hook's filter failed: ${result.message}` };
  return letsPass(result.json)
    ? undefined
    : { kind: 'nothing', reason: "The hook's filter did not let it pass." };
}

/** True when a filter that gave this, as JSON, lets an event pass. */
export function letsPass(json: string | undefined): boolean {
  return json !== undefined && !falsy.has(json);
}

/** What JSONata takes for false, as JSON. */
const falsy = new Set(['false', 'null', '0', '""', '[]', '{}']);

async function applyTemplate(
  dependencies: PrepareDependencies,
  deliveryId: string,
  material: MessageMaterial,
): Promise<
  { readonly kind: 'made'; readonly json: string } | Extract<Prepared, { kind: 'failed' }> | undefined
> {
  const { template, eventType } = material;
  if (template === null || eventType === pingType) return undefined;
  const result = await evaluate(dependencies, deliveryId, material, template);
  if (!result.ok) return { kind: 'failed', error: `The hook's template failed: ${result.message}` };
  if (result.json === undefined)
    return { kind: 'failed', error: "The hook's template made nothing of this event." };
  return { kind: 'made', json: result.json };
}

/** An expression sees the payload as its hook's format has it, and the event's type as `$event`. */
async function evaluate(
  { expressions }: PrepareDependencies,
  deliveryId: string,
  material: MessageMaterial,
  text: string,
) {
  const event = eventOf(material);
  return expressions.evaluate({
    text,
    input: formatBody(material.format, event),
    bindings: { event: event.type, deliveryId },
    nowMs: material.acceptedAt.getTime(),
  });
}

function prepareByService(
  service: MessageService,
  deliveryId: string,
  material: MessageMaterial,
  secrets: SecretBox,
): Prepared {
  const { acceptedAt } = eventOf(material);
  const event = { ...renderEvent(eventOf(material)), deliveryId, acceptedAt };
  const settings = openSettings(material, secrets);
  return toPrepared(service.compose(event, settings), secretsOf(service, settings));
}

/** A hook's settings, passwords among them. */
function openSettings({ settings, secretSettings, hookId }: MessageMaterial, secrets: SecretBox): Settings {
  if (secretSettings === null) return settings;
  const passwords = JSON.parse(secrets.open(secretSettings, hookSettingsContext(hookId))) as Settings;
  return { ...settings, ...passwords };
}

function toPrepared(message: OutgoingMessage, secrets: readonly string[]): Prepared {
  switch (message.transport) {
    case 'http':
      return { kind: 'message', message: toRequest(message), shown: showHttp(message), secrets };
    case 'smtp':
      return { kind: 'message', message, shown: showMail(message), secrets };
    case 'irc':
      return { kind: 'message', message, shown: showIrc(message), secrets };
    case 'none':
      return { kind: 'nothing', reason: message.reason };
    default:
      return assertNever(message);
  }
}

function toRequest({ url, headers, contentType, body }: HttpMessage): MessageToSend {
  return {
    transport: 'http',
    url,
    headers: { ...headers, 'Content-Type': contentType, 'User-Agent': 'Holdfast/1.0' },
    body: Buffer.from(body, 'utf8'),
    insecureTls: false,
  };
}

function showHttp({ headers, contentType, body }: HttpMessage): ShownMessage {
  const masked = Object.fromEntries(Object.keys(headers).map((name) => [name, mask]));
  return { headers: { 'Content-Type': contentType, ...masked }, body };
}

function showMail({ recipients, subject, text }: MailMessage): ShownMessage {
  return { headers: { To: recipients.join(', '), Subject: subject }, body: text };
}

function showIrc({ server, port, rooms, lines }: IrcMessage): ShownMessage {
  const named = rooms.map(({ name }) => name).join(', ');
  return { headers: { Server: `${server}:${port}`, Rooms: named }, body: lines.join('\n') };
}
