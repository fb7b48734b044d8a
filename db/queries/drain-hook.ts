/**
 * What is held of a hook, taken in order while it is drained. Who takes a delivery has it alone: it belongs to the drain
 * until its attempt is on record, and is taken up again by the drain's next call if this one dies.
 */
import { query, type Executor } from '../query.ts';
import { isLater, isOwn } from './held.ts';
import { startableColumns, startableJoins, type StartableDelivery } from './start-deliveries.ts';

/** A delivery that was taken. */
export interface ReleasedDelivery extends StartableDelivery {
  /** True when it sleeps in a workflow of its own, which is to be woken and makes the attempt. */
  readonly own: boolean;
}

/** What is written of a hook whose drain begins, at so many deliveries a second, if a condition holds. */
export const beginDrain = (rate: string, condition: string): string => `
  draining_since = case when ${condition} then now() end, drain_rate = case when ${condition} then ${rate} end,
  drained = 0, drain_ended_at = null,
  drain_total = (select count(*) from delivery where hook_id = hook.id and settled_at is null and state = 'held')`;

/** How a drain is to go on. */
export interface DrainCourse {
  readonly ratePerSecond: number;
  readonly since: Date;
  /** Deliveries that went out so far. */
  readonly drained: number;
}

/** How a hook is to be drained at this moment; undefined when it is not, any more. */
export async function drainCourse(executor: Executor, hookId: string): Promise<DrainCourse | undefined> {
  const rows = await query<DrainCourse>(executor, {
    name: 'drain-course',
    text: `
      select least(drain_rate, rate_limit_per_second) as "ratePerSecond", draining_since as since, drained
      from hook where id = $1 and draining_since is not null and delivers and deleted_at is null`,
    values: [hookId],
  });
  return rows[0];
}

/** Takes the next held deliveries of a hook that is being drained, oldest first. None when it is not, or nothing is held. */
export async function takeHeld(
  executor: Executor,
  hookId: string,
  limit: number,
): Promise<readonly ReleasedDelivery[]> {
  return query<ReleasedDelivery>(executor, {
    name: 'take-held',
    text: `
      with draining as materialized (
        select id from hook where id = $1 and draining_since is not null and delivers and deleted_at is null for share
      ), taken as (
        update delivery set state = case when attempts = 0 and not ${isLater} then 'pending' else 'waiting' end,
          held_at = null, due_at = case when ${isLater} then deliver_at else now() end,
          started_at = case when ${isOwn} then started_at when not ${isLater} then now() end,
          group_id = case when ${isOwn} then group_id when not ${isLater} then hook_id end,
          wake_requested = ${isOwn}, claimed_until = case when ${isOwn} and not ${isLater} then now() + interval '1 minute' end
        where id = any (array(
          select id from delivery
          where hook_id = (select id from draining) and settled_at is null and state = 'held'
          order by id limit $2 for update skip locked))
        returning *
      )
      select ${startableColumns('taken')}, taken.wake_requested as own
      from taken ${startableJoins('taken')} where taken.due_at <= now() order by taken.id`,
    values: [hookId, limit],
  });
}

/** What a call of the drain that died had taken and not put on record. */
export async function takenByDrain(executor: Executor, hookId: string): Promise<readonly ReleasedDelivery[]> {
  return query<ReleasedDelivery>(executor, {
    text: `
      select ${startableColumns('delivery')}, false as own
      from delivery ${startableJoins('delivery')}
      where delivery.hook_id = $1 and delivery.group_id = $1 and delivery.settled_at is null
        and delivery.state = 'pending' and delivery.attempts = 0
      order by delivery.id`,
    values: [hookId],
  });
}

/** Whether an attempt is on record, or will never be. */
export async function isAttempted(executor: Executor, id: string, attempt: number): Promise<boolean> {
  const rows = await query(executor, {
    name: 'is-attempted',
    text: `select from delivery where id = $1 and attempts < $2 and settled_at is null`,
    values: [id, attempt],
  });
  return rows.length === 0;
}

/** Notes how many went out; answers how many are still held. */
export async function noteDrained(executor: Executor, hookId: string, drained: number): Promise<number> {
  const rows = await query<{ readonly remaining: number }>(executor, {
    name: 'note-drained',
    text: `
      with held as (
        select count(*)::integer as remaining from delivery
        where hook_id = $1 and settled_at is null and state = 'held'
      ), noted as (
        update hook set drained = $2::integer, drain_total = $2::integer + (select remaining from held)
        where id = $1 and draining_since is not null
      ) select remaining from held`,
    values: [hookId, drained],
  });
  return rows[0]?.remaining ?? 0;
}

/** Ends a drain, unless something is held again; from now on what is new goes out at once. Answers whether it has ended. */
export async function endDrain(executor: Executor, hookId: string): Promise<boolean> {
  const rows = await query<{ readonly ended: boolean }>(executor, {
    name: 'end-drain',
    text: `
      with draining as materialized (
        select id from hook where id = $1 and draining_since is not null and delivers and deleted_at is null for update
      ), ended as (
        update hook set draining_since = null, drain_rate = null, drain_ended_at = now()
        where id = (select id from draining)
          and not exists (select from delivery where hook_id = $1 and settled_at is null and state = 'held')
        returning id
      ) select not exists (select from draining) or exists (select from ended) as ended`,
    values: [hookId],
  });
  return rows[0]?.ended ?? true;
}

/**
 * The hooks to drain. Drains anew those of which something was held by who did not know yet that the drain had ended.
 *
 * @param ratePerSecond deliveries a second for those
 */
export async function hooksToDrain(executor: Executor, ratePerSecond: number): Promise<readonly string[]> {
  const rows = await query<{ readonly id: string }>(executor, {
    name: 'hooks-to-drain',
    text: `
      with overlooked as (
        update hook set ${beginDrain('$1::float8', 'true')}
        where id in (
          select id from hook
          where drain_ended_at > now() - interval '10 minutes' and draining_since is null and delivers
            and deleted_at is null
            and exists (select from delivery where hook_id = hook.id and settled_at is null and state = 'held')
          for update skip locked)
        returning id
      ), forgotten as (
        update hook set drain_ended_at = null
        where id in (
          select id from hook where drain_ended_at <= now() - interval '10 minutes' for update skip locked)
      )
      select id from overlooked
      union all
      select id from hook where draining_since is not null and delivers and deleted_at is null`,
    values: [ratePerSecond],
  });
  return rows.map(({ id }) => id);
}
