/**
 * The deliveries of a replay, taken in order. Each is sent again at most once for one replay: that it was taken stands
 * beside it, and what a call had taken that died is found again under its own run.
 */
import { query, type Executor } from '../query.ts';
import { isRepeatable, nextRun } from './next-run.ts';
import { wished } from './replays.ts';
import { startableColumns, startableJoins, type StartableDelivery } from './start-deliveries.ts';

const kept = {
  hook: 'wish.hook_id',
  since: 'wish.since',
  until: 'wish.until',
  states: 'wish.states',
  types: 'wish.event_types',
};

/** Writes some more of the deliveries down that a replay means; answers whether more may follow. */
export async function collectReplay(executor: Executor, id: string, limit: number): Promise<boolean> {
  const rows = await query<{ readonly count: number }>(executor, {
    text: `
      with wish as materialized (
        select * from replay where id = $1 and state = 'counting' for update
      ), found as materialized (
        select delivery.id from wish join delivery on ${wished(kept)}
          and delivery.id > coalesce(wish.collected_to, '00000000-0000-0000-0000-000000000000')
        order by delivery.id limit $2
      ), written as (
        insert into replay_item (replay_id, delivery_id) select $1, id from found
      ), counted as (
        select count(*)::integer as count, (select id from found order by id desc limit 1) as last,
          count(*) < $2 as complete
        from found
      )
      update replay set matched = matched + counted.count, collected_to = coalesce(counted.last, collected_to),
        state = case when complete then 'running' else state end, counted_at = case when complete then now() end,
        started_at = case when complete then now() end, paced_from = case when complete then now() end
      from counted where replay.id = (select id from wish)
      returning counted.count`,
    values: [id, limit],
  });
  return rows[0]?.count === limit;
}

/** How a replay is to go on. */
export interface ReplayCourse {
  readonly ratePerSecond: number;
  readonly pacedFrom: Date;
  /** Deliveries dealt with since then. */
  readonly taken: number;
}

/** How a replay is to go on at this moment; undefined when it is paused, has ended or is still being counted. */
export async function replayCourse(executor: Executor, id: string): Promise<ReplayCourse | undefined> {
  const rows = await query<ReplayCourse>(executor, {
    name: 'replay-course',
    text: `
      select least(rate, hook.rate_limit_per_second) as "ratePerSecond", paced_from as "pacedFrom",
        done + failed + skipped - paced_after as taken
      from replay join hook on hook.id = replay.hook_id where replay.id = $1 and state = 'running'`,
    values: [id],
  });
  return rows[0];
}

/** Takes the next deliveries of a replay, each as its next run; passes over those that cannot be sent again. */
export async function takeReplayed(
  executor: Executor,
  id: string,
  limit: number,
): Promise<{ readonly deliveries: readonly StartableDelivery[]; readonly isLast: boolean }> {
  const rows = await query<StartableDelivery & { readonly found: number }>(executor, {
    name: 'take-replayed',
    text: `
      with running as materialized (
        select id, hook_id from replay where id = $1 and state = 'running' for share
      ), found as materialized (
        select delivery_id from replay_item
        where replay_id = (select id from running) and result is null and run is null
        order by delivery_id limit $2 for update
      ), moved as (
        update delivery set ${nextRun}, started_at = now(), group_id = $1
        where id = any (array(select delivery_id from found)) and ${isRepeatable}
        returning *
      ), noted as (
        update replay_item set run = moved.run, result = case when moved.id is null then 'skipped' end
        from found left join moved on moved.id = found.delivery_id
        where replay_id = $1 and replay_item.delivery_id = any (array(select delivery_id from found))
          and replay_item.delivery_id = found.delivery_id
        returning result
      ), passed_over as (
        update replay set skipped = skipped + (select count(result) from noted)
        where id = $1 and exists (select from noted where result = 'skipped')
      ), total as (select count(*)::integer as found from found)
      select ${startableColumns('moved')}, total.found
      from total left join (moved ${startableJoins('moved')}) on true order by moved.id`,
    values: [id, limit],
  });
  const [first] = rows;
  return {
    deliveries: rows.filter((row) => row.id !== null),
    isLast: (first?.found ?? 0) === 0,
  };
}

/** What became of one delivery. */
export type ReplayResult = 'delivered' | 'failed' | 'skipped';

/** A delivery that was dealt with. */
export interface Replayed {
  readonly deliveryId: string;
  readonly result: ReplayResult;
}

/** Notes what became of deliveries; the first note of each counts. */
export async function noteReplayed(
  executor: Executor,
  id: string,
  replayed: readonly Replayed[],
): Promise<void> {
  await query(executor, {
    name: 'note-replayed',
    text: `
      with given as materialized (
        select * from unnest($2::uuid[], $3::text[]) as columns (delivery_id, result)
      ), noted as (
        update replay_item set result = given.result from given
        where replay_id = $1 and replay_item.delivery_id = any ($2::uuid[])
          and replay_item.delivery_id = given.delivery_id and replay_item.result is null
        returning replay_item.result
      )
      update replay set done = done + (select count(*) from noted where result = 'delivered'),
        failed = failed + (select count(*) from noted where result = 'failed'),
        skipped = skipped + (select count(*) from noted where result = 'skipped')
      where id = $1 and exists (select from noted)`,
    values: [id, replayed.map(({ deliveryId }) => deliveryId), replayed.map(({ result }) => result)],
  });
}

/**
 * Notes what became of those that were taken and are out of the hands of who took them: their call has died, or their hook's
 * limits make them wait for their turns elsewhere.
 */
export async function noteOthers(executor: Executor, id: string): Promise<void> {
  await query(executor, {
    name: 'note-others',
    text: `
      with known as materialized (
        select item.delivery_id, case
          when attempt.delivered then 'delivered'
          when attempt.delivery_id is not null or delivery.state = 'held' then 'failed'
          when delivery.id is null or delivery.settled_at is not null or delivery.run <> item.run then 'skipped' end as result
        from replay_item item left join delivery on delivery.id = item.delivery_id
        left join attempt on attempt.delivery_id = item.delivery_id and attempt.run = item.run and attempt.attempt = 1
        where item.replay_id = $1 and item.result is null and item.run is not null
      ), ended as (
        update replay_item set result = known.result from known
        where replay_id = $1 and replay_item.delivery_id = any (array(select delivery_id from known where result is not null))
          and replay_item.delivery_id = known.delivery_id and replay_item.result is null
        returning replay_item.result
      )
      update replay set done = done + (select count(*) from ended where result = 'delivered'),
        failed = failed + (select count(*) from ended where result = 'failed'),
        skipped = skipped + (select count(*) from ended where result = 'skipped')
      where id = $1 and exists (select from ended)`,
    values: [id],
  });
}

/** What a call that died had taken and not put on record, to be sent under the run that it was given. */
export async function takenByReplay(executor: Executor, id: string): Promise<readonly StartableDelivery[]> {
  return query<StartableDelivery>(executor, {
    text: `
      select ${startableColumns('delivery')}
      from replay_item join delivery on delivery.id = replay_item.delivery_id and delivery.run = replay_item.run
        ${startableJoins('delivery')}
      where replay_item.replay_id = $1 and replay_item.result is null and replay_item.run is not null
        and delivery.group_id = $1 and delivery.state = 'pending'
      order by delivery.id`,
    values: [id],
  });
}

/** Ends a replay of which everything was dealt with, as done, or as failed where its hook is gone; answers whether it did. */
export async function endReplay(executor: Executor, id: string): Promise<boolean> {
  const rows = await query(executor, {
    name: 'end-replay',
    text: `
      update replay set ended_at = now(), state = case when hook.deleted_at is null then 'done' else 'failed' end,
        reason = case when hook.deleted_at is not null then 'The hook was deleted.' end
      from hook
      where replay.id = $1 and replay.state = 'running' and hook.id = replay.hook_id
        and not exists (select from replay_item where replay_id = $1 and result is null)
      returning replay.id`,
    values: [id],
  });
  return rows.length > 0;
}
