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
import type { StartableDelivery } from '#db/queries/start-deliveries.ts';
import type { Executor } from '#db/query.ts';
import type { EventDeclaration } from '#domain/events.ts';
import { intakeLimits } from '#domain/limits.ts';
import { Refusal } from '#domain/refusals.ts';
import { namesReachedBy } from '#domain/subscriptions.ts';

/** An event as a producer brings it, its payload checked. */
export interface IncomingEvent {
  readonly owner: string;
  readonly name: string;
  readonly event: EventDeclaration;
  readonly payload: string;
  readonly idempotencyKey: string | undefined;
}

/** What a producer is answered. */
export interface Receipt {
  readonly id: string;
  readonly type: string;
  readonly deliveries: readonly NewDelivery[];
}

/** What became of one event. */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly receipt: Receipt; readonly toStart: readonly StartableDelivery[] }
  | { readonly kind: 'repeated'; readonly receipt: Receipt }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Accepts events in one statement; answers one outcome each, in order. Repeated keys cost one more statement each. */
export async function acceptAll(
  database: Executor,
  sender: Sender,
  incoming: readonly IncomingEvent[],
): Promise<readonly Acceptance[]> {
  if (incoming.length === 0) return [];
  const rows = incoming.map(toNewEvent);
  const outcomes = await acceptEvents(database, sender, rows);
  const acceptances: Acceptance[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const event = incoming[index] as IncomingEvent;
    acceptances.push(await toAcceptance(database, event, rows[index] as NewEvent, outcome));
  }
  return acceptances;
}

function toNewEvent({ owner, name, event, payload, idempotencyKey }: IncomingEvent): NewEvent {
  return {
    owner,
    name,
    type: event.type,
    subscriptionNames: namesReachedBy(event),
    payload,
    idempotency:
      idempotencyKey === undefined
        ? undefined
        : { key: idempotencyKey, requestHash: hashRequest(event.type, payload) },
  };
}

async function toAcceptance(
  database: Executor,
  incoming: IncomingEvent,
  row: NewEvent,
  outcome: AcceptedEvent,
): Promise<Acceptance> {
  switch (outcome.kind) {
    case 'no_repository':
      return { kind: 'refused', refusal: new Refusal('not_found', 'Repository not found or unauthorized') };
    case 'repeated':
      return repeatFirstReply(database, outcome.repositoryId, row);
    case 'accepted': {
      const { eventId, deliveries } = outcome;
      const repository = `${incoming.owner}/${incoming.name}`;
      return {
        kind: 'accepted',
        receipt: { id: eventId, type: row.type, deliveries },
        toStart: deliveries.map(({ id, webhookId }) => ({
          id,
          run: 0,
          nextAttempt: 1,
          hookId: webhookId,
          eventId,
          repository,
        })),
      };
    }
  }
}

async function repeatFirstReply(
  database: Executor,
  repositoryId: string,
  row: NewEvent,
): Promise<Acceptance> {
  const { key, requestHash } = row.idempotency as NonNullable<NewEvent['idempotency']>;
  const first = await findFirstReply(database, repositoryId, key);
  if (first === undefined) {
    const message = 'A request with this idempotency key is still running; send it again in a moment';
    return { kind: 'refused', refusal: new Refusal('still_running', message) };
  }
  if (!first.requestHash.equals(requestHash)) {
    const message = 'This idempotency key was used with another request in the last 24 hours';
    return {
      kind: 'refused',
      refusal: new Refusal('idempotency_mismatch', message, [{ path: 'Idempotency-Key', message }]),
    };
  }
  return { kind: 'repeated', receipt: { id: first.eventId, type: first.type, deliveries: first.deliveries } };
}

function hashRequest(type: string, payload: string): Buffer {
  return createHash('sha256').update(type).update('\n').update(payload).digest();
}

/** Checks an idempotency key as a producer sends it: printable ASCII, of bounded length. */
export function checkIdempotencyKey(key: string, path: string): string {
  if (key.length > intakeLimits.idempotencyKeyLength || !/^[\x21-\x7e]+$/.test(key)) {
    const message = `must be 1 to ${intakeLimits.idempotencyKeyLength} printable ASCII characters without spaces`;
    throw new Refusal('invalid_field', `${path}: ${message}`, [{ path, message }]);
  }
  return key;
}
