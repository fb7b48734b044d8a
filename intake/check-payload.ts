/**
 * Checks the payload of an event as it came in: bytes to text, text to JSON, JSON to the shape that is promised.
 * The text that comes out is the bytes that went in; nothing is ever written anew.
 */
import type { z } from 'zod';
import { eventDeclarations, eventTypes, findEvent, type EventDeclaration } from '#domain/events.ts';
import { intakeLimits } from '#domain/limits.ts';
import { nearMatches } from '#domain/near-matches.ts';
import { Refusal, type FieldFault } from '#domain/refusals.ts';
import { payloadSchema } from './payload-schemas.ts';

const schemas: ReadonlyMap<string, z.ZodType> = new Map(
  eventDeclarations.map((declaration) => [declaration.type, payloadSchema(declaration)]),
);

/** The declaration of the type named in a request; a 422 with near matches when there is none. */
export function requireEvent(type: string): EventDeclaration {
  const event = findEvent(type);
  if (event !== undefined) return event;
  const near = nearMatches(type, eventTypes);
  const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
  const message = `There is no event ${JSON.stringify(type.slice(0, 100))}${hint}`;
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

/**
 * Checks a payload's text against what its event promises.
 *
 * @param prefix where the payload stands in the request, for the fields' paths
 * @throws Refusal 413, 400 or 422, the last with the path of each field at fault
 */
export function checkPayload(event: EventDeclaration, text: string, prefix = ''): void {
  if (Buffer.byteLength(text) > intakeLimits.payloadBytes) throw payloadTooLarge();
  if (nestsDeeper(text, intakeLimits.payloadDepth)) throw payloadTooDeep();
  const parsed = schemas.get(event.type)?.safeParse(parseJson(text));
  if (parsed === undefined || parsed.success) return;
  const fields = parsed.error.issues.map((issue) => toFault(issue, prefix));
  throw new Refusal('invalid_field', `${fields[0]?.path}: ${fields[0]?.message}`, fields);
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
