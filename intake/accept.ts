/**
 * Accepts events, whoever brings them: checked payloads go to the database in one statement,
 * a repeated idempotency key answers what was answered the first time.
 */
import { createHash } from 'node:crypto';
import {
  acceptEvents,
  type AcceptedEvent,
  type NewDelivery,
  type NewEvent,
  type Sender,
} from '#db/queries/accept-events.ts';
import { findFirstReply } from '#db/queries/find-first-reply.ts';
import type { Executor } from '#db/query.ts';
import type { DeliveryTerms } from '#domain/delivery-terms.ts';
import type { EventDeclaration } from '#domain/events.ts';
import { intakeLimits } from '#domain/limits.ts';
import type { PayloadShape } from '#domain/payload-shape.ts';
import { Refusal } from '#domain/refusals.ts';
import { namesReachedBy, servicesFor } from '#domain/subscriptions.ts';
import { createBatcher, sharedStatement } from '#db/batcher.ts';
import { isStorableText } from './storable-text.ts';

/** An event as a producer brings it, its payload checked. */
export interface IncomingEvent {
  readonly owner: string;
  readonly name: string;
  readonly event: EventDeclaration;
  readonly shape: PayloadShape;
  readonly payload: string;
  readonly idempotencyKey: string | undefined;
  /** What the producer calls the key, for messages: `idempotencyKey` unless told otherwise. */
  readonly idempotencyKeyPath?: string;
  /** What the producer says of its deliveries, if anything. */
  readonly terms?: DeliveryTerms | undefined;
}

/** What a producer is answered. */
export interface Receipt {
  readonly id: string;
  readonly type: string;
  readonly deliveries: readonly NewDelivery[];
}

/** What became of one event. */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly receipt: Receipt }
  | { readonly kind: 'repeated'; readonly receipt: Receipt }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What became of one event whose first reply nobody asks for again. */
export type FirstAcceptance =
  | Exclude<Acceptance, { readonly kind: 'repeated' }>
  | { readonly kind: 'repeated' };

/** The intake of a process. */
export interface Intake {
  /**
   * Accepts events in one statement, which it may share with what others bring at the same moment; answers one outcome
   * each, in order. Repeated keys cost one more statement each.
   *
   * @throws Refusal 409 when one of the keys is held by a request that has not ended
   */
  readonly accept: (sender: Sender, incoming: readonly IncomingEvent[]) => Promise<readonly Acceptance[]>;
  /** The same in one statement, for senders to whom a key that was used is enough to know, whatever came with it. */
  readonly acceptOnce: (
    sender: Sender,
    incoming: readonly IncomingEvent[],
  ) => Promise<readonly FirstAcceptance[]>;
}

/**
 * Makes the intake.
 *
 * @param holdDays days for which a delivery is held before it expires
 */
export function createIntake(database: Executor, holdDays: number): Intake {
  const acceptShared = createBatcher(
    (rows: readonly NewEvent[]) => acceptEvents(database, rows, holdDays),
    sharedStatement,
  );

  const acceptRows = async (rows: readonly NewEvent[]): Promise<readonly AcceptedEvent[]> => {
    const [first] = rows;
    // One with a key may have to wait for another request with the same key: nobody else shall wait with it.
    if (rows.length === 1 && first !== undefined && first.idempotency === undefined) {
      return [await acceptShared(first)];
    }
    try {
      return await acceptEvents(database, rows, holdDays);
    } catch (error) {
      if (isWaitForKey(error)) throw stillRunning();
      throw error;
    }
  };

  return {
    accept: async (sender, incoming) => {
      if (incoming.length === 0) return [];
      const rows = incoming.map((event) => toNewEvent(sender, event));
      const outcomes = await acceptRows(rows);
      const acceptances: Acceptance[] = [];
      for (const [index, outcome] of outcomes.entries()) {
        const event = incoming[index] as IncomingEvent;
        acceptances.push(await toAcceptance(database, event, rows[index] as NewEvent, outcome));
      }
      return acceptances;
    },
    acceptOnce: async (sender, incoming) => {
      if (incoming.length === 0) return [];
      const outcomes = await acceptRows(incoming.map((event) => toNewEvent(sender, event)));
      return outcomes.map((outcome, index) =>
        outcome.kind === 'repeated'
          ? { kind: 'repeated' }
          : toFirstAcceptance(outcome, (incoming[index] as IncomingEvent).event.type),
      );
    },
  };
}

/** True when the wait for another request's idempotency key was given up (SQLSTATE lock_not_available). */
function isWaitForKey(error: unknown): boolean {
  const { code, where } = error as { readonly code?: unknown; readonly where?: unknown };
  return code === '55P03' && typeof where === 'string' && where.includes('idempotency_key');
}

function stillRunning(): Refusal {
  const message = 'A request with this idempotency key is still running; send it again in a moment';
  return new Refusal('still_running', message);
}

function toNewEvent(
  sender: Sender,
  { owner, name, event, shape, payload, idempotencyKey, terms }: IncomingEvent,
): NewEvent {
  return {
    sender,
    // Text that the database cannot hold would fail the whole statement; an empty owner is nobody.
    owner: isStorableText(owner) && isStorableText(name) ? owner : '',
    name: isStorableText(name) ? name : '',
    type: event.type,
    subscriptionNames: namesReachedBy(event),
    services: servicesFor(event),
    shape,
    payload,
    idempotency:
      idempotencyKey === undefined
        ? undefined
        : { key: idempotencyKey, requestHash: hashRequest(event.type, payload, terms) },
    terms,
  };
}

async function toAcceptance(
  database: Executor,
  incoming: IncomingEvent,
  row: NewEvent,
  outcome: AcceptedEvent,
): Promise<Acceptance> {
  if (outcome.kind === 'repeated') return repeatFirstReply(database, outcome.repositoryId, incoming, row);
  return toFirstAcceptance(outcome, row.type);
}

function toFirstAcceptance(
  outcome: Exclude<AcceptedEvent, { readonly kind: 'repeated' }>,
  type: string,
): Exclude<Acceptance, { readonly kind: 'repeated' }> {
  if (outcome.kind === 'no_repository') {
    return { kind: 'refused', refusal: new Refusal('not_found', 'Repository not found or unauthorized') };
  }
  const { eventId, deliveries } = outcome;
  return { kind: 'accepted', receipt: { id: eventId, type, deliveries } };
}

async function repeatFirstReply(
  database: Executor,
  repositoryId: string,
  { idempotencyKeyPath: path = 'idempotencyKey' }: IncomingEvent,
  row: NewEvent,
): Promise<Acceptance> {
  const { key, requestHash } = row.idempotency as NonNullable<NewEvent['idempotency']>;
  const first = await findFirstReply(database, repositoryId, key);
  if (first === undefined) return { kind: 'refused', refusal: stillRunning() };
  if (!first.requestHash.equals(requestHash)) {
    const message = 'This idempotency key was used with another request in the last 24 hours';
    return {
      kind: 'refused',
      refusal: new Refusal('idempotency_mismatch', message, [{ path, message }]),
    };
  }
  return { kind: 'repeated', receipt: { id: first.eventId, type: first.type, deliveries: first.deliveries } };
}

/** Without terms it is what it was before there were any. */
function hashRequest(type: string, payload: string, terms: DeliveryTerms | undefined): Buffer {
  const hash = createHash('sha256').update(type).update('\n').update(payload);
  if (terms !== undefined) {
    hash.update('\n').update(JSON.stringify([terms.deliverAt, terms.expiresAt, terms.orderKey]));
  }
  return hash.digest();
}

/** Checks an idempotency key as a producer sends it: printable ASCII, of bounded length. */
export function checkIdempotencyKey(key: string, path: string): string {
  if (key.length > intakeLimits.idempotencyKeyLength || !/^[\x21-\x7e]+$/.test(key)) {
    const message = `must be 1 to ${intakeLimits.idempotencyKeyLength} printable ASCII characters without spaces`;
    throw new Refusal('invalid_field', `${path}: ${message}`, [{ path, message }]);
  }
  return key;
}
