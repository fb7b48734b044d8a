/**
 * Gives the waiting deliveries of a hook the times of its new schedule. Run inside the transaction that changes the hook,
 * which has locked it: no attempt is recorded meanwhile. Wakes nobody by itself.
 */
import { attemptLimits } from '#domain/limits.ts';
import { defaultSchedule, isDefaultSchedule, jitterShare } from '#domain/schedule.ts';
import { query, type Executor } from '../query.ts';

/** A delivery whose time has changed. */
export interface Rescheduled {
  readonly id: string;
  readonly run: number;
}

/** Workflows that are told at once; the others find out when they wake, or are woken when they are due. */
const toldAtMost = 1000;

/** What somebody asked for now, or what a hook that was turned on lets go, is no matter of the schedule. */
const isAskedFor = `(forced_attempt is not distinct from attempts + 1 or wake_requested and due_at <= now())`;

/** In the order of their ids, as whoever else locks many. */
const lock = `
  select count(*) from (
    select from delivery where hook_id = $1 and settled_at is null and state = 'waiting' order by id for update) as locked`;

/**
 * An attempt comes after the delay that its number has in the schedule, past the end of it after the last one, and without
 * any at once; later when the receiver has asked for it. One that somebody postponed since the last attempt stays where it is.
 */
const reschedule = `
with planned as materialized (
  select delivery.id, greatest(now(), last.ended_at + interval '1 ms' * greatest(
      coalesce(($2::integer[])[least(attempts - attempts_before, cardinality($2::integer[]))], 0) * 1000
        * (1 + (2 * random() - 1) * $3::float8),
      least(coalesce(last.retry_after_ms, 0), ${attemptLimits.retryAfterMs}))) as due_at
  from delivery
  join attempt last on last.delivery_id = delivery.id and last.run = delivery.run and last.attempt = delivery.attempts
  where delivery.hook_id = $1 and settled_at is null and state = 'waiting' and not ${isAskedFor}
    and not exists (
      select from audit where audit.delivery_id = delivery.id and action = 'postpone' and at > last.ended_at)
), changed as (
  update delivery set due_at = planned.due_at, claimed_until = null,
    wake_requested = wake_requested or planned.due_at < delivery.due_at
  from planned
  where delivery.id = planned.id and delivery.due_at is distinct from planned.due_at
  returning delivery.id, run, delivery.due_at
)
select id, run from changed order by due_at limit ${toldAtMost}`;

/**
 * Moves what waits for attempts of a hook to the times of its schedule.
 *
 * @param schedule the new one in seconds; null for the default
 * @returns those that are due first, whose workflows are to be told
 */
export async function rescheduleDeliveries(
  executor: Executor,
  hookId: string,
  schedule: readonly number[] | null,
): Promise<readonly Rescheduled[]> {
  await query(executor, { text: lock, values: [hookId] });
  const delays = schedule ?? defaultSchedule;
  return query<Rescheduled>(executor, {
    text: reschedule,
    values: [hookId, delays, isDefaultSchedule(delays) ? 0 : jitterShare],
  });
}
