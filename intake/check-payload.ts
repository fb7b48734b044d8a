/**
 * Checks the payload of an event as it came in: bytes to text, text to JSON, JSON to the shape that is promised.
 * The text that comes out is the bytes that went in; nothing is ever written anew.
 */
import type { z } from 'zod';
import { eventDeclarations, findEvent, type EventDeclaration } from '#domain/events.ts';
import { intakeLimits } from '#domain/limits.ts';
import { hasActions, namedEvent, reportableTypes } from '#domain/named-events.ts';
import { unknownEvent } from '#domain/near-matches.ts';
import { shapeOf, type PayloadShape } from '#domain/payload-shape.ts';
import { Refusal, refuseFields, type FieldFault } from '#domain/refusals.ts';
import { namedPayloadSchema, payloadSchema } from './payload-schemas.ts';

const schemas: ReadonlyMap<string, z.ZodType> = new Map(
  eventDeclarations.flatMap((declaration: EventDeclaration) => {
    const schema = payloadSchema(declaration);
    return schema === undefined ? [] : [[declaration.type, schema]];
  }),
);

/** A type under which events may be reported; a 422 with near matches when there is none of this name. */
export function requireType(type: string): string {
  if (reportableTypes.includes(type)) return type;
  const message = unknownEvent(type, reportableTypes);
  throw new Refusal('unknown_event', message, [{ path: 'type', message }]);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes a body that must be UTF-8. A byte-order mark stays, and JSON does not allow one. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Refusal('invalid_json', 'The body is not valid UTF-8');
  }
}

/** Parses JSON text, refusing what does not parse with where it stops making sense. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Refusal('invalid_json', `The body is not valid JSON: ${(error as Error).message}`);
  }
}

/** True when brackets nest deeper than `levels`; text inside strings does not count. Far cheaper than parsing them. */
export function nestsDeeper(text: string, levels: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > levels) return true;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return false;
}

/** A payload as its producer brings it. */
export interface IncomingPayload {
  /** A type that `requireType` has let pass. */
  readonly type: string;
  readonly text: string;
  /** The repository that it is reported for. */
  readonly owner: string;
  readonly name: string;
}

/** What a payload turned out to be. */
export interface CheckedPayload {
  readonly event: EventDeclaration;
  readonly shape: PayloadShape;
}

/**
 * Checks a payload's text against what its event promises.
 *
 * @param prefix where the payload stands in the request, for the fields' paths
 * @throws Refusal 413, 400 or 422, the last with the path of each field at fault
 */
export function checkPayload(incoming: IncomingPayload, prefix = ''): CheckedPayload {
  const { type, text } = incoming;
  if (Buffer.byteLength(text) > intakeLimits.payloadBytes) throw payloadTooLarge();
  if (nestsDeeper(text, intakeLimits.payloadDepth)) throw payloadTooDeep();
  const payload = parseJson(text);
  const shape = shapeOf(payload);
  const event =
    shape === 'sigmagit'
      ? checkSigmagit(type, payload, prefix)
      : checkSocialGateway(incoming, payload, prefix);
  return { event, shape };
}

function checkSigmagit(type: string, payload: unknown, prefix: string): EventDeclaration {
  const event = findEvent(type);
  const schema = schemas.get(type);
  if (event === undefined || schema === undefined) {
    const own = eventDeclarations.filter(({ name, shape }) => name === type && shape !== 'none');
    const hint = own.length === 0 ? '' : `; did you mean ${own.map((one) => one.type).join(' or ')}?`;
    const message = `There is no event ${JSON.stringify(type)} of a repository without full_name${hint}`;
    throw new Refusal('unknown_event', message, [{ path: 'type', message }]);
  }
  checkAgainst(schema, payload, prefix);
  return event;
}

function checkSocialGateway(
  { type, owner, name }: IncomingPayload,
  payload: unknown,
  prefix: string,
): EventDeclaration {
  const needsAction = hasActions(type);
  checkAgainst(namedPayloadSchema({ fullName: `${owner}/${name}`, needsAction }), payload, prefix);
  const { action, pull_request: pullRequest } = payload as {
    readonly action?: string;
    readonly pull_request?: { readonly merged?: unknown } | null;
  };
  const event = namedEvent(type, { action, merged: pullRequest?.merged === true });
  if (event !== undefined) return event;
  const path = prefix === '' ? 'action' : `${prefix}.action`;
  throw refuseFields([{ path, message: `${type} does not go with ${JSON.stringify(action)}` }]);
}

function checkAgainst(schema: z.ZodType, payload: unknown, prefix: string): void {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return;
  throw refuseFields(parsed.error.issues.map((issue) => toFault(issue, prefix)));
}

/** The refusal of a payload that nests too deeply. */
export function payloadTooDeep(): Refusal {
  return new Refusal('invalid_json', `The payload nests deeper than ${intakeLimits.payloadDepth} levels`);
}

/** The refusal of a payload over the limit. */
export function payloadTooLarge(): Refusal {
  return new Refusal('payload_too_large', `A payload may have at most ${intakeLimits.payloadBytes} bytes`);
}

function toFault(issue: z.core.$ZodIssue, prefix: string): FieldFault {
  const path = [...(prefix === '' ? [] : [prefix]), ...issue.path.map(String)].join('.');
  return { path: path === '' ? 'payload' : path, message: issue.message };
}
