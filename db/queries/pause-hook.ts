/**
 * Pauses hooks and lets them go on. One statement each: the hook first, then its deliveries, as recording an attempt does.
 * Nothing is lost by a pause: what waits is held, and goes out in order afterwards.
 */
import { query, type Executor } from '../query.ts';
import { beginDrain } from './drain-hook.ts';
import { heldFor } from './held.ts';

/** How a hook is paused. */
export interface Pause {
  /** When it goes on by itself; null for when somebody says so. */
  readonly until: Date | null;
  /** Whether what is reported meanwhile is held, too; otherwise it makes no deliveries. */
  readonly holds: boolean;
  /** Days for which a delivery is held before it expires. */
  readonly holdDays: number;
}

/** Pauses a hook, or changes its pause, and holds what waits; a drain under way ends. */
export async function pauseHook(
  executor: Executor,
  hookId: string,
  { until, holds, holdDays }: Pause,
): Promise<void> {
  await query(executor, {
    text: `
      with paused as materialized (
        update hook set paused_at = coalesce(paused_at, now()), paused_until = $2::timestamptz, pause_holds = $3::boolean,
          draining_since = null, drain_rate = null, updated_at = now()
        where id = $1 and deleted_at is null
        returning id
      )
      update delivery set ${heldFor('$4')}
      where hook_id = (select id from paused) and settled_at is null and state <> 'held'`,
    values: [hookId, until, holds, holdDays],
  });
}

const goOn = (rate: string): string =>
  `paused_at = null, paused_until = null, pause_holds = true, updated_at = now(), ${beginDrain(rate, 'active')}`;

/**
 * Lets a paused hook go on: what is held goes out in order, what is new queues behind it. One that is being drained is
 * drained at the new rate. One that is not active delivers nothing all the same.
 *
 * @param ratePerSecond deliveries a second
 */
export async function resumeHook(executor: Executor, hookId: string, ratePerSecond: number): Promise<void> {
  await query(executor, {
    text: `
      update hook set ${goOn('$2::float8')}
      where id = $1 and deleted_at is null and (paused_at is not null or draining_since is not null)`,
    values: [hookId, ratePerSecond],
  });
}

/** Lets the hooks go on whose pause is over; answers how many. */
export async function resumeOverdue(executor: Executor, ratePerSecond: number): Promise<number> {
  const rows = await query(executor, {
    name: 'resume-overdue',
    text: `
      update hook set ${goOn('$1::float8')}
      where id in (select id from hook where paused_until <= now() and deleted_at is null for update skip locked)
      returning id`,
    values: [ratePerSecond],
  });
  return rows.length;
}
