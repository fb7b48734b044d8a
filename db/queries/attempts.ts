/** Reads attempts for show. Request headers are kept masked, so that nothing read here is secret. */
import { query, type Executor } from '../query.ts';
import { conditionsOf } from './conditions.ts';

/** An attempt as it is shown. */
export interface AttemptRow {
  readonly id: string;
  /** The public number, for clients that want one. */
  readonly number: string;
  readonly deliveryId: string;
  readonly run: number;
  readonly attempt: number;
  readonly webhookId: string;
  readonly eventType: string;
  readonly outcome: string;
  readonly statusCode: number | null;
  readonly error: string | null;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** What was sent, where the event and the format alone do not tell. */
  readonly requestBody: string | null;
  readonly responseHeaders: Readonly<Record<string, string | readonly string[]>> | null;
  readonly responseBody: Buffer | null;
  readonly responseTruncated: boolean;
  readonly interrupted: boolean;
  /** True when somebody asked for it while its delivery waited. */
  readonly byHand: boolean;
  readonly durationMs: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
}

const columns = `
  attempt.id, attempt.number, attempt.delivery_id as "deliveryId", attempt.run, attempt.attempt, attempt.hook_id as "webhookId",
  attempt.event_type as "eventType", attempt.outcome, attempt.status_code as "statusCode", attempt.error,
  attempt.request_headers as "requestHeaders", attempt.request_body as "requestBody",
  attempt.response_headers as "responseHeaders",
  attempt.response_body as "responseBody", attempt.response_truncated as "responseTruncated", attempt.interrupted,
  attempt.by_hand as "byHand",
  attempt.duration_ms as "durationMs", attempt.started_at as "startedAt", attempt.ended_at as "endedAt"`;

/** Every attempt of a delivery, in order. */
export async function attemptsOfDelivery(
  executor: Executor,
  deliveryId: string,
): Promise<readonly AttemptRow[]> {
  return query<AttemptRow>(executor, {
    text: `select ${columns} from attempt where delivery_id = $1 order by run, attempt`,
    values: [deliveryId],
  });
}

/** An attempt of a hook by its public number, or undefined. */
export async function findAttempt(
  executor: Executor,
  hookId: string,
  number: string,
): Promise<AttemptRow | undefined> {
  const rows = await query<AttemptRow>(executor, {
    text: `select ${columns} from attempt where number = $2::bigint and hook_id = $1`,
    values: [hookId, number],
  });
  return rows[0];
}

/** What a listing of a hook's attempts is narrowed to; null means no matter what. */
export interface AttemptFilter {
  readonly hookId: string;
  readonly event: string | null;
  /** An outcome code, or `failed` for all but `delivered`. */
  readonly outcome: string | null;
  readonly since: Date | null;
  readonly until: Date | null;
  /** The attempt's id after which the page begins, going back in time. */
  readonly before: string | null;
  readonly limit: number;
}

/** A page of a hook's attempts with the payload each one sent, as text, the newest first. */
export async function attemptsOfHook(
  executor: Executor,
  filter: AttemptFilter,
): Promise<readonly (AttemptRow & { readonly payload: string | null })[]> {
  const { text, values } = conditionsOf([
    [filter.hookId, 'attempt.hook_id = $?::uuid'],
    [filter.event, 'attempt.event_type = $?::text'],
    filter.outcome === 'failed'
      ? [false, 'attempt.delivered = $?::boolean']
      : [filter.outcome, 'attempt.outcome = $?::text'],
    [filter.since, 'attempt.id >= uuid_floor($?::timestamptz)'],
    [filter.until, 'attempt.id < uuid_floor($?::timestamptz)'],
    [filter.before, 'attempt.id < $?::uuid'],
  ]);
  return query(executor, {
    text: `
      select ${columns}, coalesce(event.payload, delivery.payload)::text as payload
      from attempt left join event on event.id = attempt.event_id left join delivery on delivery.id = attempt.delivery_id
      where ${text}
      order by attempt.id desc limit ${filter.limit}`,
    values,
  });
}

/** How a hook's attempts have fared. */
export interface AttemptCounts {
  readonly total: number;
  readonly success: number;
}

/** Counts a hook's attempts; what got no answer is among the total and not among the successes. */
export async function countAttempts(executor: Executor, hookId: string): Promise<AttemptCounts> {
  const rows = await query<AttemptCounts>(executor, {
    text: `select count(*)::integer as total, count(*) filter (where delivered)::integer as success
           from attempt where hook_id = $1`,
    values: [hookId],
  });
  return rows[0] ?? { total: 0, success: 0 };
}
