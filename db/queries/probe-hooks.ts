/**
 * Probes hooks that their failures have turned off, where their owners asked for it: one held delivery is attempted now and
 * then, and one that is delivered turns the hook on again. A receiver that said for good that it is gone is left alone.
 */
import { query, type Executor } from '../query.ts';
import { beginDrain } from './drain-hook.ts';
import { attemptNow } from './held.ts';

/** When hooks are probed. */
export interface ProbeTimes {
  /** Seconds after a hook was turned off, doubled with each probe. */
  readonly firstSeconds: number;
  /** The longest wait between two probes, in seconds. */
  readonly mostSeconds: number;
}

/** Turns the hooks on whose probe was delivered, so that what is held goes out in order; answers how many. */
export async function enableProbed(executor: Executor, ratePerSecond: number): Promise<number> {
  const rows = await query(executor, {
    name: 'enable-probed',
    text: `
      update hook set active = true, failure_count = 0, disabled_at = null, disabled_reason = null,
        probe_at = null, probe_count = 0, probe_delivery_id = null, updated_at = now(),
        ${beginDrain('$1::float8', 'paused_at is null')}
      where id in (
        select hook.id from hook join delivery on delivery.id = hook.probe_delivery_id
        where hook.probe_when_disabled and not hook.active and hook.disabled_at is not null and hook.deleted_at is null
          and delivery.state = 'delivered' and delivery.settled_at > hook.disabled_at
        for update of hook skip locked)
      returning id`,
    values: [ratePerSecond],
  });
  return rows.length;
}

/**
 * Makes the oldest held delivery of each hook whose probe is due wait for its attempt now; the sweeper wakes it, or starts
 * it. Answers how many.
 */
export async function beginProbes(
  executor: Executor,
  { firstSeconds, mostSeconds }: ProbeTimes,
): Promise<number> {
  const rows = await query(executor, {
    name: 'begin-probes',
    text: `
      with noticed as (
        update hook set probe_at = disabled_at + $1::float8 * interval '1 second', probe_count = 0, probe_delivery_id = null
        where id in (
          select id from hook
          where probe_when_disabled and not active and paused_at is null and deleted_at is null
            and disabled_reason in ('delivery_exhausted', 'consecutive_failures')
            and (probe_at is null or probe_at < disabled_at)
          for update skip locked)
      ), due as materialized (
        select id from hook
        where probe_when_disabled and not active and paused_at is null and deleted_at is null
          and disabled_reason in ('delivery_exhausted', 'consecutive_failures') and probe_at <= now()
          and probe_at >= disabled_at
        for update skip locked
      ), chosen as (
        select due.id as hook_id,
          (select id from delivery where hook_id = due.id and settled_at is null and state = 'held' order by id limit 1)
            as delivery_id
        from due
      ), tried as (
        update hook set probe_delivery_id = chosen.delivery_id,
          probe_count = probe_count + case when chosen.delivery_id is null then 0 else 1 end,
          probe_at = now() + least($1::float8 * 2 ^ least(probe_count + 1, 20), $2::float8) * interval '1 second'
        from chosen where hook.id = chosen.hook_id
      )
      update delivery set ${attemptNow}, claimed_until = null, wake_requested = started_at is not null
      from chosen
      where delivery.id = chosen.delivery_id and delivery.state = 'held'
      returning delivery.id`,
    values: [firstSeconds, mostSeconds],
  });
  return rows.length;
}
