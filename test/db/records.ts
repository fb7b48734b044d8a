/** Rows for tests of the database's statements, made by SQL: repositories, hooks, deliveries and attempts. */
import { randomUUID } from 'node:crypto';
import { acceptEvents, type NewEvent } from '#db/queries/accept-events.ts';
import { recordAttempt, type AttemptRecord } from '#db/queries/record-attempt.ts';
import { takeWaiting, type StartableDelivery, type TakeOptions } from '#db/queries/start-deliveries.ts';
import { query, type Executor } from '#db/query.ts';
import { findEvent, type EventDeclaration } from '#domain/events.ts';
import { namesReachedBy, servicesFor } from '#domain/subscriptions.ts';

/** Whoever sends as the platform. */
export const platform = { isPlatform: true, username: 'platform' } as const;

/** A repository's row. */
export interface RepositoryRow {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
}

/** Makes a repository with a name of its own. */
export async function makeRepositoryRow(
  executor: Executor,
  admins: readonly string[] = [],
): Promise<RepositoryRow> {
  const [row] = await query<RepositoryRow>(executor, {
    text: 'insert into repository (owner, name, admins) values ($1, $2, $3) returning id, owner, name',
    values: [`owner-${randomUUID().slice(0, 8)}`, 'hello', admins],
  });
  return row as RepositoryRow;
}

/** What a hook may have beside what every hook has. */
export interface HookColumns {
  readonly events?: readonly string[];
  readonly active?: boolean;
  readonly deleted?: boolean;
  readonly disableAfter?: number;
  readonly schedule?: readonly number[];
  readonly url?: string;
}

/** Makes a hook and answers its id. */
export async function makeHookRow(
  executor: Executor,
  repository: RepositoryRow,
  columns: HookColumns = {},
): Promise<string> {
  const { events = ['*'], active = true, deleted = false, disableAfter, schedule, url } = columns;
  const [row] = await query<{ id: string }>(executor, {
    text: `
      insert into hook (repository_id, url, events, active, deleted_at, disable_after_consecutive_failures, schedule)
      values ($1, $2, $3, $4, case when $5::boolean then now() end, $6, $7) returning id`,
    values: [
      repository.id,
      url ?? 'http://127.0.0.1:9/hook',
      events,
      active,
      deleted,
      disableAfter ?? null,
      schedule ?? null,
    ],
  });
  return (row as { id: string }).id;
}

/** An event that a producer reports of a repository. */
export function newEvent(
  { owner, name }: RepositoryRow,
  type = 'star.added',
  changes: Partial<NewEvent> = {},
): NewEvent {
  return {
    sender: platform,
    owner,
    name,
    type,
    subscriptionNames: namesReachedBy(findEvent(type) as EventDeclaration),
    services: servicesFor(findEvent(type) as EventDeclaration),
    shape: 'sigmagit',
    payload: '{}',
    idempotency: undefined,
    ...changes,
  };
}

/** A delivery's ids. */
export interface DeliveryIds {
  readonly deliveryId: string;
  readonly hookId: string;
  readonly eventId: string;
}

/** Accepts events as the intake does. */
export const accept = (executor: Executor, events: readonly NewEvent[]) =>
  acceptEvents(executor, events, holdDays);

/** Makes deliveries by accepting one event for each, and answers those of one hook. */
export async function makeDeliveryRows(
  executor: Executor,
  repository: RepositoryRow,
  hookId: string,
  count: number,
): Promise<readonly DeliveryIds[]> {
  const events = Array.from({ length: count }, () => newEvent(repository));
  const accepted = await accept(executor, events);
  return accepted.flatMap((outcome) =>
    outcome.kind === 'accepted'
      ? outcome.deliveries
          .filter(({ webhookId }) => webhookId === hookId)
          .map(({ id }) => ({ deliveryId: id, hookId, eventId: outcome.eventId }))
      : [],
  );
}

/** Makes one delivery of a hook. */
export async function makeDeliveryRow(
  executor: Executor,
  repository: RepositoryRow,
  hookId: string,
): Promise<DeliveryIds> {
  const [delivery] = await makeDeliveryRows(executor, repository, hookId, 1);
  return delivery as DeliveryIds;
}

/** Takes what waits to be started, each delivery for itself unless told otherwise. */
export async function take(
  executor: Executor,
  changes: Partial<TakeOptions> = {},
): Promise<readonly StartableDelivery[]> {
  const all = {
    slow: false,
    threshold: 1_000_000,
    room: 1_000_000,
    sinceMs: 0,
    group: { id: randomUUID(), size: 0 },
  };
  return (await takeWaiting(executor, { ...all, ...changes })).deliveries;
}

/** Days for which the tests' deliveries are held. */
export const holdDays = 14;

/** The record of an attempt that failed and is retried in a minute. */
export function failedAttempt(delivery: DeliveryIds, changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    ...delivery,
    run: 0,
    attempt: 1,
    eventType: 'star.added',
    outcome: 'http_5xx',
    statusCode: 503,
    error: null,
    retryAfterMs: null,
    requestHeaders: { 'webhook-id': delivery.deliveryId },
    requestBody: null,
    recipients: null,
    byHand: false,
    responseHeaders: { server: 'test' },
    responseBody: Buffer.from('no'),
    responseTruncated: false,
    interrupted: false,
    durationMs: 12,
    nextState: 'waiting',
    waitMs: 60_000,
    counts: true,
    halfUsed: false,
    ...changes,
  };
}

/** What makes of a record one that the receiver accepted. */
export const success = {
  outcome: 'delivered',
  statusCode: 200,
  nextState: 'delivered',
  waitMs: null,
} as const satisfies Partial<AttemptRecord>;

/** What makes of a record one that failed the last retry. */
export const lastFailure = { nextState: 'exhausted', waitMs: null } as const satisfies Partial<AttemptRecord>;

/** What makes of a record one whose receiver is gone. */
export const gone = {
  outcome: 'http_4xx',
  statusCode: 410,
  nextState: 'rejected',
  waitMs: null,
} as const satisfies Partial<AttemptRecord>;

/** Records an attempt. */
export function record(executor: Executor, attempt: AttemptRecord): Promise<string | undefined> {
  return recordAttempt(executor, attempt, holdDays);
}

/** A row as it is, by table and id. */
export async function rowOf(
  executor: Executor,
  table: 'delivery' | 'hook' | 'event',
  id: string,
): Promise<Readonly<Record<string, unknown>>> {
  const [row] = await query(executor, { text: `select * from ${table} where id = $1`, values: [id] });
  if (row === undefined) throw new Error(`No ${table} ${id}`);
  return row;
}

/** Counts rows. */
export async function countOf(executor: Executor, table: string, where = 'true'): Promise<number> {
  const [row] = await query<{ count: number }>(executor, {
    text: `select count(*)::integer as count from ${table} where ${where}`,
    values: [],
  });
  return (row as { count: number }).count;
}
