/**
 * Records an attempt that ended: one statement appends the attempt, counts on the hook, applies the disabling rule,
 * moves the delivery, holds what still waits for a hook that was just disabled, and writes down what its owner is to hear.
 * Idempotent under (delivery, run, attempt): a repetition changes nothing.
 */
import type { Outcome } from '#domain/outcomes.ts';
import type { RecipientStandings } from '#domain/recipients.ts';
import { query, type Executor } from '../query.ts';
import { withinTime } from './expiry.ts';
import { heldFor } from './held.ts';
import { notEnded } from './not-ended.ts';
import { noteTold, noticeColumns, saidOfFailure, tellingColumns } from './say-notices.ts';

/** An attempt that ended, and what follows it. */
export interface AttemptRecord {
  readonly deliveryId: string;
  readonly run: number;
  readonly attempt: number;
  readonly hookId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly outcome: Outcome;
  readonly statusCode: number | null;
  readonly error: string | null;
  readonly retryAfterMs: number | null;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** What was sent, where the event and the hook's format alone do not tell; null otherwise. */
  readonly requestBody: string | null;
  /** True for an attempt of a delivery that waited, which somebody asked for. */
  readonly byHand: boolean;
  /** Where each recipient of a mail stands now; null for everything else. */
  readonly recipients: RecipientStandings | null;
  readonly responseHeaders: Readonly<Record<string, string | readonly string[]>> | null;
  readonly responseBody: Buffer | null;
  readonly responseTruncated: boolean;
  readonly interrupted: boolean;
  readonly durationMs: number;
  /** The state that follows; `waiting` becomes `held` when the hook is not active, or paused. */
  readonly nextState: 'waiting' | 'delivered' | 'exhausted' | 'rejected';
  /** Milliseconds to the next attempt; null unless the delivery waits. */
  readonly waitMs: number | null;
  /** False for what was asked for by hand, which neither counts nor disables. */
  readonly counts: boolean;
  /** True when half of the schedule is used up. */
  readonly halfUsed: boolean;
}

/** The time that a receiver takes to answer, as the hook remembers it: a fourth of it is the last reply's. */
export const smoothed = (milliseconds: string): string =>
  `(coalesce(hook.reply_ms * 3 + ${milliseconds}, ${milliseconds} * 4) / 4)::integer`;

/** Why a hook was disabled, as the API shows it. The one for notices never is: nobody could enable it again. */
const disabledReason = `case
    when internal then null
    when $17::text = 'rejected' and $8::integer = 410 then 'gone'
    when $17::text = 'exhausted' and (last_success_at is null or last_success_at < (select first_attempt_at from started))
      then 'delivery_exhausted'
    when not $20::boolean and failure_count + 1 >= disable_after_consecutive_failures then 'consecutive_failures'
  end`;

const told = noteTold(disabledReason, `$25::boolean and $17::text = 'waiting'`, '$17::text');

const statement = `
with started as (
  select coalesce(first_attempt_at, now() - $16::integer * interval '1 ms') as first_attempt_at,
    ${tellingColumns('$2')}
  from delivery where id = $1
), recorded as (
  insert into attempt (delivery_id, run, attempt, hook_id, event_id, event_type, outcome, status_code, error,
    retry_after_ms, request_headers, response_headers, response_body, response_truncated, interrupted, duration_ms,
    started_at, request_body, recipients, by_hand)
  select $1::uuid, $2::integer, $3::integer, $4::uuid, $5::uuid, $6::text, $7::text, $8::integer, $9::text,
    $10::bigint, $11::json, $12::json, $13::bytea, $14::boolean, $15::boolean, $16::integer, now() - $16::integer * interval '1 ms',
    $22::text, $23::json, $24::boolean
  from started
  on conflict do nothing
  returning delivery_id
), counted as (
  update hook set
    last_delivery_at = now(),
    last_delivery_status = case when $20::boolean then 'success' else 'failed' end,
    last_success_at = case when $20::boolean then now() else last_success_at end,
    failure_count = case when $20::boolean then 0 else failure_count + 1 end,
    reply_ms = ${smoothed('$16::integer')},
    active = active and ${disabledReason} is null,
    disabled_at = case when active and ${disabledReason} is not null then now() else disabled_at end,
    disabled_reason = case when active then ${disabledReason} else disabled_reason end,${told.assignments}
  where id = $4 and $19::boolean and exists (select from recorded)
  returning new.delivers as delivers, old.active and not new.active as disabled_now, ${told.returning}
), uncounted as materialized (
  select delivers from hook where id = $4 and not exists (select from counted) for share
), standing as (
  select delivers from counted union all select delivers from uncounted
), moved as (
  update delivery set
    attempts = greatest(attempts, $3),
    failing_told = failing_told or coalesce((select failing_now from counted), false),
    turn_at = null,
    first_attempt_at = (select first_attempt_at from started),
    state = case when $17::text = 'waiting' and not (select delivers from standing) then 'held' else $17::text end,
    held_at = case when $17::text = 'waiting' and not (select delivers from standing) then now() end,
    settled_at = case when $17::text <> 'waiting' then now() end,
    due_at = case
      when $17::text <> 'waiting' then null
      when (select delivers from standing) then ${withinTime("now() + $18::float8 * interval '1 ms'")}
      else ${withinTime("now() + $21::float8 * interval '1 day'")} end
  where id = $1 and run = $2 and ${notEnded} and exists (select from recorded)
  returning state
), held as (
  update delivery set ${heldFor('$21')}
  where hook_id = $4 and id <> $1 and settled_at is null and state <> 'held'
    and (select disabled_now from counted)
), told as (
  insert into notice (${noticeColumns})
  select said.type, started.repository_id, $4, $1, $6, $3, $7, $8, said.disabled_reason, said.mailed
  from started cross join (${saidOfFailure}) said order by said.position
)
select coalesce((select state from moved), (select state from delivery where id = $1)) as state`;

/**
 * Records an attempt and answers the delivery's state afterwards; undefined when the delivery no longer exists.
 *
 * @param holdDays days for which a delivery is held before it expires
 */
export async function recordAttempt(
  executor: Executor,
  record: AttemptRecord,
  holdDays: number,
): Promise<string | undefined> {
  const rows = await query<{ state: string | null }>(executor, {
    name: 'record-attempt',
    text: statement,
    values: [
      record.deliveryId,
      record.run,
      record.attempt,
      record.hookId,
      record.eventId,
      record.eventType,
      record.outcome,
      record.statusCode,
      record.error,
      record.retryAfterMs,
      JSON.stringify(record.requestHeaders),
      record.responseHeaders === null ? null : JSON.stringify(record.responseHeaders),
      record.responseBody,
      record.responseTruncated,
      record.interrupted,
      Math.round(record.durationMs),
      record.nextState,
      record.waitMs,
      record.counts,
      record.outcome === 'delivered',
      holdDays,
      record.requestBody,
      record.recipients === null ? null : JSON.stringify(record.recipients),
      record.byHand,
      record.halfUsed,
    ],
  });
  return rows[0]?.state ?? undefined;
}
