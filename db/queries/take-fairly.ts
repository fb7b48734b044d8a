/**
 * Takes deliveries that wait to be started when more wait than are taken at once: each repository with something waiting
 * gets a share, divided among its hooks, before the oldest take what is left, so that nobody waits for all that somebody
 * else has waiting. Costs a little more than taking the oldest, which is for when all that wait are taken.
 */
import { query, withoutWaitingForTheDisk, type Executor } from '../query.ts';
import { floorOf } from './moment-id.ts';
import {
  clockMs,
  startableColumns,
  startableJoins,
  waiting,
  type StartableDelivery,
  type Taken,
  type TakeOptions,
} from './start-deliveries.ts';

/** Where a hook stands among those with something waiting. */
export interface HookPlace {
  readonly repositoryId: string;
  readonly hookId: string;
}

/** How much may be taken, and for whom. */
export interface FairOptions extends TakeOptions {
  /** After which hook the round goes on; undefined for its beginning. */
  readonly after: HookPlace | undefined;
  /** Given, only hooks are served that are not among these, each with its share. */
  readonly beside: readonly string[] | undefined;
}

/** What was taken. */
export interface FairlyTaken extends Taken {
  /** Where the next round goes on; undefined when it begins anew. */
  readonly after: HookPlace | undefined;
}

type Row = StartableDelivery & {
  readonly grouped: boolean;
  readonly afterRepositoryId: string | null;
  readonly afterHookId: string | null;
};

/** A threshold above it means that there are to be no groups: what waits is not counted for it. */
const highestThreshold = 1_000_000;

/** Before the first place of all. */
const nowhere = '00000000-0000-0000-0000-000000000000';

/**
 * Hooks are found one by one on an index, without reading what waits for them; when there are more than deliveries to be
 * taken, the next round goes on where this one ended. A repository with more hooks than its share is served at random.
 */
const statement = `
  with recursive counted as materialized (
    select count(*) as waiting from (
      select from delivery where ${waiting}
      limit case when $2::bigint <= ${highestThreshold} then $2::bigint else 0 end + 1) as few
  ), found as materialized (
    select waiting > $2::bigint as many, case when waiting > $2::bigint then $4::integer else $5::integer end as most
    from counted
  ), hooks as (
    select repository_id, hook_id, 1 as place from (
      select repository_id, hook_id from delivery
      where ${waiting} and (repository_id, hook_id) > ($8::uuid, $9::uuid)
      order by repository_id, hook_id limit 1) as first
    union all
    select next.repository_id, next.hook_id, hooks.place + 1
    from hooks cross join lateral (
      select repository_id, hook_id from delivery
      where ${waiting} and (repository_id, hook_id) > (hooks.repository_id, hooks.hook_id)
      order by repository_id, hook_id limit 1) as next
    where hooks.place < (select most from found)
  ), served as materialized (
    select repository_id, hook_id, count(*) over (partition by repository_id) as beside,
      row_number() over (partition by repository_id order by random()) as turn
    from hooks where $10::uuid[] is null or hook_id <> all ($10::uuid[])
  ), shares as materialized (
    select share.id from served cross join lateral (
      select id from delivery
      where ${waiting} and delivery.repository_id = served.repository_id and delivery.hook_id = served.hook_id
      order by id
      limit greatest(1, (select most from found) / (select count(distinct repository_id) from served) / served.beside)
      for update skip locked) as share
    order by served.turn, share.id limit (select most from found)
  ), oldest as materialized (
    select id from delivery where ${waiting} and $10::uuid[] is null
    order by id limit (select most from found) for update skip locked
  ), chosen as materialized (
    select id from (select id, 1 as turn from shares union all select id, 2 from oldest) as either
    group by id order by min(turn), id limit (select most from found)
  ), taken as (
    update delivery set started_at = now(), claimed_until = null,
      group_id = case when (select many from found) then $3::uuid end
    where id between $6::uuid and $7::uuid and id = any (array(select id from chosen))
    returning id, run, attempts, hook_id, event_id, repository_id, group_id, due_at, order_number,
      case when group_id is null then ${withoutWaitingForTheDisk} end
  ), stop as (
    select repository_id, hook_id from hooks where place = (select most from found)
  )
  select ${startableColumns('taken')}, taken.group_id is not null as grouped,
    (select repository_id from stop) as "afterRepositoryId", (select hook_id from stop) as "afterHookId"
  from taken ${startableJoins('taken')} order by taken.id`;

/** Takes them, otherwise like `takeWaiting`. */
export async function takeFairly(executor: Executor, options: FairOptions): Promise<FairlyTaken> {
  const { slow, threshold, room, sinceMs, group, after, beside } = options;
  const rows = await query<Row>(executor, {
    name: 'take-fairly',
    text: statement,
    values: [
      slow,
      threshold,
      group.id,
      group.size,
      room,
      floorOf(sinceMs),
      floorOf(Date.now() + clockMs),
      after?.repositoryId ?? nowhere,
      after?.hookId ?? nowhere,
      beside ?? null,
    ],
  });
  const [first] = rows;
  const { afterRepositoryId: repositoryId, afterHookId: hookId } = first ?? {};
  return {
    deliveries: rows,
    grouped: first?.grouped ?? false,
    after: repositoryId && hookId ? { repositoryId, hookId } : undefined,
  };
}
