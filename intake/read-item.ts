/**
 * Reads an event that comes among others, as an item of a batch or as a signal: checks its shape and its payload. What
 * is wrong with one is its own answer and never stops the others.
 */
import { z } from 'zod';
import { readDeliveryTerms, type TermNames } from '#domain/delivery-terms.ts';
import { fullNamePattern, fullNameRule } from '#domain/full-name.ts';
import { Refusal } from '#domain/refusals.ts';
import { checkIdempotencyKey, type IncomingEvent } from './accept.ts';
import { checkPayload, payloadTooDeep, requireType } from './check-payload.ts';
import { checkWith } from './check-with.ts';

const event = {
  type: z.string(),
  payload: z.unknown().optional(),
  payloadText: z.string().optional(),
  deliverAt: z.string().optional(),
  expiresAt: z.string().optional(),
  orderKey: z.string().optional(),
};

/** What the terms of its deliveries are called in it. */
const termNames: TermNames = { deliverAt: 'deliverAt', expiresAt: 'expiresAt', orderKey: 'orderKey' };

const batchItem = z.strictObject({
  repository: z.string().regex(fullNamePattern, fullNameRule),
  ...event,
  idempotencyKey: z.string().optional(),
});

const signalItem = z.strictObject({ key: z.string(), ...event });

/** An event as it is given, its fields of the right types. */
interface GivenEvent {
  /** `owner/name`. */
  readonly repository: string;
  readonly type: string;
  readonly payload?: unknown;
  readonly payloadText?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly deliverAt?: string | undefined;
  readonly expiresAt?: string | undefined;
  readonly orderKey?: string | undefined;
}

/** Reads one item of a batch; a refusal is its result. */
export function readBatchItem(item: unknown): IncomingEvent | Refusal {
  return refusalOr(() => readEvent(checkWith(batchItem, item, 'item'), 'idempotencyKey'));
}

/** Reads one event signalled for a repository (`owner/name`); a refusal is its result. */
export function readSignal(repository: string, signal: unknown): IncomingEvent | Refusal {
  return refusalOr(() => {
    const { key, ...given } = checkWith(signalItem, signal, 'event');
    return readEvent({ repository, ...given, idempotencyKey: key }, 'key');
  });
}

function refusalOr(read: () => IncomingEvent): IncomingEvent | Refusal {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** Checks what is given; `keyPath` is what the producer calls the idempotency key. */
function readEvent(given: GivenEvent, keyPath: string): IncomingEvent {
  const { repository, type, payload, payloadText, idempotencyKey } = given;
  requireType(type);
  if ((payload === undefined) === (payloadText === undefined)) {
    const message = 'Give either payload or payloadText';
    throw new Refusal('invalid_field', `payload: ${message}`, [{ path: 'payload', message }]);
  }
  const text = payloadText ?? writePayload(payload);
  if (!text.isWellFormed()) throw new Refusal('invalid_json', 'payloadText is not valid Unicode');
  const [owner = '', name = ''] = repository.split('/');
  const checked = checkPayload(
    { type, text, owner, name },
    payloadText === undefined ? 'payload' : 'payloadText',
  );
  return {
    owner,
    name,
    ...checked,
    payload: text,
    idempotencyKey: idempotencyKey === undefined ? undefined : checkIdempotencyKey(idempotencyKey, keyPath),
    idempotencyKeyPath: keyPath,
    terms: readDeliveryTerms(given, termNames, Date.now()),
  };
}

/** A payload given as a value, written once; one that nests too deeply even to be written is refused. */
function writePayload(payload: unknown): string {
  try {
    return JSON.stringify(payload);
  } catch (error) {
    if (error instanceof RangeError) throw payloadTooDeep();
    throw error;
  }
}
