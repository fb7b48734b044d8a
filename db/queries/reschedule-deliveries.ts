/**
 * Gives waiting deliveries the times of their hook's present schedule: all of a hook whose schedule is being changed, or one
 * that was attempted meanwhile. Locks the hook first, then deliveries. Wakes nobody by itself.
 */
import { attemptLimits } from '#domain/limits.ts';
import { defaultSchedule, jitterShare } from '#domain/schedule.ts';
import { query, type Executor } from '../query.ts';
import { notEnded } from './not-ended.ts';

/** A delivery whose time has changed. */
export interface Rescheduled {
  readonly id: string;
  readonly run: number;
}

/** The present schedule of a delivery that was moved to it. */
export interface PresentSchedule {
  readonly schedule: readonly number[];
  readonly dueInMs: number;
  /** True when it expires then, before its next attempt would come. */
  readonly expires: boolean;
}

/** Workflows that are told at once; the others find out when they wake, or are woken when they are due. */
const toldAtMost = 1000;

/** In the order of their ids, as whoever else locks many. */
const lock = `
  select count(*) from (
    select from delivery where hook_id = $1 and settled_at is null and state = 'waiting' order by id for update) as locked`;

/** What somebody asked for now, or what a hook that was turned on lets go, is no matter of the schedule. */
const isAskedFor = `(forced_attempt is not distinct from attempts + 1 or wake_requested and due_at <= now())`;

/**
 * An attempt comes after the delay that its number has in the schedule, past the end of it after the last one, and without
 * any at once; later when the receiver has asked for it. One that somebody postponed since the last attempt stays where it is.
 */
const reschedule = (ofHook: string, ofDelivery: string): string => `
with hooked as materialized (
  select id, coalesce(schedule, $2::integer[]) as delays,
    case when coalesce(schedule, $2::integer[]) = $2::integer[] then 0 else $3::float8 end as jitter
  from hook where id = $1 and ${ofHook} for share
), planned as materialized (
  select delivery.id, least(delivery.expires_at, greatest(now(), last.ended_at + interval '1 ms' * greatest(
      coalesce(delays[least(attempts - attempts_before, cardinality(delays))], 0) * 1000 * (1 + (2 * random() - 1) * jitter),
      least(coalesce(last.retry_after_ms, 0), ${attemptLimits.retryAfterMs})))) as due_at
  from hooked join delivery on delivery.hook_id = hooked.id
  join attempt last on last.delivery_id = delivery.id and last.run = delivery.run and last.attempt = delivery.attempts
  where ${ofDelivery} and state = 'waiting' and not ${isAskedFor}
    and not exists (
      select from audit where audit.delivery_id = delivery.id and action = 'postpone' and at > last.ended_at)
), changed as (
  update delivery set due_at = planned.due_at, claimed_until = null,
    wake_requested = wake_requested or planned.due_at < delivery.due_at
  from planned
  where delivery.id = planned.id and delivery.due_at is distinct from planned.due_at
  returning delivery.id, run, delivery.due_at, delivery.expires_at
)`;

const ofAll = `${reschedule('true', 'settled_at is null')}
select id, run from changed order by due_at limit ${toldAtMost}`;

const ofOne = `${reschedule('schedule is distinct from $4::integer[]', `delivery.id = $5 and ${notEnded}`)}
select (select delays from hooked) as schedule, extract(epoch from due_at - now())::float8 * 1000 as "dueInMs",
  coalesce(due_at >= expires_at, false) as expires from changed`;

/**
 * Moves what waits for attempts of a hook to the times of its schedule. Run inside the transaction that changes the hook, and
 * has locked it: no attempt is recorded meanwhile.
 *
 * @returns those that are due first, whose workflows are to be told
 */
export async function rescheduleDeliveries(
  executor: Executor,
  hookId: string,
): Promise<readonly Rescheduled[]> {
  await query(executor, { text: lock, values: [hookId] });
  return query<Rescheduled>(executor, { text: ofAll, values: [hookId, defaultSchedule, jitterShare] });
}

/**
 * Moves a delivery whose attempt has just been recorded, if its hook's schedule was changed while the attempt was under way.
 *
 * @param known the schedule by which it waits, as the hook had it: null for none of its own
 * @returns the schedule to which it was moved; undefined when it was not
 */
export async function rescheduleAttempted(
  executor: Executor,
  deliveryId: string,
  hookId: string,
  known: readonly number[] | null,
): Promise<PresentSchedule | undefined> {
  const rows = await query<PresentSchedule>(executor, {
    name: 'reschedule-attempted',
    text: ofOne,
    values: [hookId, defaultSchedule, jitterShare, known, deliveryId],
  });
  return rows[0];
}
