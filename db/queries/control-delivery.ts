/**
 * Changes deliveries for people who ask: attempt now, attempt later, never again. Each change is one statement together
 * with its row in the audit; what changes nothing leaves none. Whoever runs the delivery is told by the caller.
 */
import { query, type Executor } from '../query.ts';
import { audited } from './audited.ts';
import { isRepeatable, nextRun } from './next-run.ts';
import { withinTime } from './expiry.ts';
import { attemptNow } from './held.ts';
import { firstBefore } from './line.ts';
import { notEnded } from './not-ended.ts';

/** Who asks. */
export interface Asker {
  readonly username: string;
  readonly requestId: string;
  /** Milliseconds since the request came in. */
  readonly ageMs: number;
}

/** A delivery that was changed. */
export interface ChangedDelivery {
  readonly id: string;
  readonly run: number;
  readonly hookId: string;
}

/** Milliseconds for which what was asked for answers whoever asks for it afterwards: many clicks at once mean one. */
const clickMs = 2000;

/** Kept in the delivery's own row: who waited for its lock sees what came about meanwhile there, and nowhere else. */
const notJustAsked = `coalesce(asked_at, '-infinity') < now() - ($4::float8 + ${clickMs}) * interval '1 ms'`;

const returning = `returning id, run, hook_id as "hookId", state`;

/** Who asks, of the parameters. */
const byAsker = { username: '$2', request: '$3', details: 'null' };

/** Ends a delivery; undefined when it had ended. */
export async function cancelDelivery(
  executor: Executor,
  id: string,
  { username, requestId }: Asker,
): Promise<ChangedDelivery | undefined> {
  const rows = await query<ChangedDelivery>(executor, {
    text: `
      with changed as (
        update delivery set state = 'cancelled', settled_at = now(), due_at = null, held_at = null
        where id = $1 and ${notEnded} ${returning}
      ), ${audited('cancel', byAsker)}`,
    values: [id, username, requestId],
  });
  return rows[0];
}

/**
 * Makes the next attempt of a delivery that waits or is held due now, whether its hook is on or not; undefined when it
 * does neither, waits for its turn, or somebody has just asked for it.
 */
export async function hurryDelivery(
  executor: Executor,
  id: string,
  { username, requestId, ageMs }: Asker,
): Promise<ChangedDelivery | undefined> {
  const rows = await query<ChangedDelivery>(executor, {
    text: `
      with changed as (
        update delivery set ${attemptNow}, claimed_until = null, asked_at = now(), deliver_at = null,
          wake_requested = started_at is not null
        where id = $1 and state in ('waiting', 'held') and forced_attempt is distinct from attempts + 1
          and ${notJustAsked} and not exists (${firstBefore('delivery')})
        ${returning}
      ), ${audited('retry', byAsker)}`,
    values: [id, username, requestId, ageMs],
  });
  return rows[0];
}

/** A delivery whose next attempt was moved, and to when: to the end of its time at the most, at which it expires. */
export interface PostponedDelivery extends ChangedDelivery {
  readonly dueAt: Date;
}

/**
 * Moves the next attempt of a delivery that waits for it; undefined when it does not. Whoever is not told of it is woken by
 * the sweeper when it is due.
 */
export async function postponeDelivery(
  executor: Executor,
  id: string,
  until: Date,
  { username, requestId }: Asker,
): Promise<PostponedDelivery | undefined> {
  const rows = await query<PostponedDelivery>(executor, {
    text: `
      with changed as (
        update delivery set due_at = ${withinTime('$4')}, deliver_at = case when attempts = 0 then $4 end,
          wake_requested = started_at is not null, forced_attempt = null
        where id = $1 and state = 'waiting' ${returning}, due_at as "dueAt"
      ), ${audited('postpone', { ...byAsker, details: "json_build_object('until', $4::timestamptz)" })}`,
    values: [id, username, requestId, until],
  });
  return rows[0];
}

/**
 * Makes a delivery that has ended, other than by cancelling, wait to be started again, as its next run. What its producer
 * said of times and order counts no longer.
 */
export async function redeliver(
  executor: Executor,
  id: string,
  { username, requestId, ageMs }: Asker,
): Promise<ChangedDelivery | undefined> {
  const rows = await query<ChangedDelivery>(executor, {
    text: `
      with changed as (
        update delivery set ${nextRun}, started_at = null, group_id = null, asked_at = now()
        where id = $1 and ${notJustAsked} and ${isRepeatable}
        ${returning}
      ), ${audited('redeliver', byAsker)}`,
    values: [id, username, requestId, ageMs],
  });
  return rows[0];
}

/** What was asked of a delivery, by whom, in order. */
export interface AuditRow {
  readonly at: Date;
  readonly username: string;
  readonly action: string;
  readonly requestId: string;
}

/** The audit of a delivery. */
export async function auditOf(executor: Executor, deliveryId: string): Promise<readonly AuditRow[]> {
  return query<AuditRow>(executor, {
    text: `select at, username, action, request_id as "requestId" from audit where delivery_id = $1 order by id`,
    values: [deliveryId],
  });
}
