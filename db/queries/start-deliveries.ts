/**
 * The deliveries that wait to be started, as the database sees them: taken one by one while few wait, as a group when
 * many do. Who takes a delivery has it alone; what is not started after all is given back.
 */
import { query, withoutWaitingForTheDisk, type Executor } from '../query.ts';
import { withinTime } from './expiry.ts';
import { floorOf } from './moment-id.ts';
import { notEnded } from './not-ended.ts';

/** A delivery to hand over to Temporal: enough to name its workflow and its search attributes. */
export interface StartableDelivery {
  readonly id: string;
  readonly run: number;
  /** The attempt that comes next, from 1. */
  readonly nextAttempt: number;
  readonly hookId: string;
  readonly eventId: string;
  /** `owner/name`. */
  readonly repository: string;
  /** True when the hook's receiver has been quick to answer of late, and may be sent as much as there is. */
  readonly quick: boolean;
  /** True when it stands in a line, of which one is attempted at a time. */
  readonly ordered: boolean;
}

/** Milliseconds up to which a receiver's replies count as quick. */
export const quickReplyMs = 500;

/** The columns of a startable delivery, from `delivery` under the alias given, `hook` and `repository`. */
export const startableColumns = (delivery: string): string => `
  ${delivery}.id, ${delivery}.run, ${delivery}.attempts + 1 as "nextAttempt", ${delivery}.hook_id as "hookId",
  ${delivery}.event_id as "eventId", repository.owner || '/' || repository.name as repository,
  coalesce(hook.reply_ms <= ${quickReplyMs} and ${delivery}.due_at <= now(), false)
    and hook.rate_limit_per_second is null and hook.max_in_flight is null as quick,
  ${delivery}.order_number is not null as ordered`;

/** The tables that go with those columns. */
export const startableJoins = (delivery: string): string => `
  join repository on repository.id = ${delivery}.repository_id
  join hook on hook.id = ${delivery}.hook_id`;

/** How much may be taken. */
export interface TakeOptions {
  /** Whether to take those of slow receivers, or the others. */
  readonly slow: boolean;
  /** As many may wait before they are taken as a group. */
  readonly threshold: number;
  /** How many may be taken one by one. */
  readonly room: number;
  /** Milliseconds since the epoch: those accepted before are left alone. Days that need not be looked at cost nothing. */
  readonly sinceMs: number;
  /** The group that takes them if they are too many, and how many it may take. */
  readonly group: { readonly id: string; readonly size: number };
}

/** What was taken. */
export interface Taken {
  readonly deliveries: readonly StartableDelivery[];
  /** True when they are the group's. */
  readonly grouped: boolean;
}

/** Milliseconds by which the database's clock may be ahead of ours. */
export const clockMs = 60 * 60 * 1000;

/** The condition of those that may be taken; $1 says of which kind, $6 and $7 in which range their ids lie. */
export const waiting = `started_at is null and state = 'pending' and slow = $1 and id between $6::uuid and $7::uuid`;

/**
 * Takes deliveries that wait to be started, oldest first, in one statement: a few for themselves, or a group when more
 * wait than the threshold. Rows that somebody else takes at this moment are passed over.
 *
 * A few are taken without waiting for the disk: if PostgreSQL forgets it in a crash they are taken again, and starting
 * their workflows again is without effect. Only a group that takes them then would send them once more.
 */
export async function takeWaiting(executor: Executor, options: TakeOptions): Promise<Taken> {
  const { slow, threshold, room, sinceMs, group } = options;
  const rows = await query<StartableDelivery & { readonly grouped: boolean }>(executor, {
    name: 'take-waiting',
    text: `
      with found as materialized (
        select count(*) > $2::bigint as many from (select from delivery where ${waiting} limit $2::bigint + 1) as few
      ), taken as (
        update delivery set started_at = now(), claimed_until = null,
          group_id = case when (select many from found) then $3::uuid end
        where id between $6::uuid and $7::uuid and id = any (array(
          select id from delivery where ${waiting} order by id
          limit (select case when many then $4::integer else $5::integer end from found) for update skip locked))
        returning id, run, attempts, hook_id, event_id, repository_id, group_id, due_at, order_number,
          case when group_id is null then ${withoutWaitingForTheDisk} end
      )
      select ${startableColumns('taken')}, taken.group_id is not null as grouped
      from taken ${startableJoins('taken')} order by taken.id`,
    values: [slow, threshold, group.id, group.size, room, floorOf(sinceMs), floorOf(Date.now() + clockMs)],
  });
  return { deliveries: rows, grouped: rows[0]?.grouped ?? false };
}

/** What is known of deliveries that are given back. */
export interface GiveBackOptions {
  /** True when their receivers have turned out to be slow. */
  readonly slow?: boolean;
  /** True when a call that died may have sent them, which their next attempt has to say. */
  readonly begun?: boolean;
}

/** Gives back what was taken and could not be started, or not be attempted in its group: it waits again. */
export async function giveBack(
  executor: Executor,
  ids: readonly string[],
  { slow = false, begun = false }: GiveBackOptions = {},
): Promise<void> {
  await query(executor, {
    name: 'give-back',
    text: `
      update delivery set started_at = null, group_id = null, claimed_until = null, slow = slow or $2,
        first_attempt_at = case when $3 then coalesce(first_attempt_at, now()) else first_attempt_at end
      where id = any (array(
        select id from delivery
        where id = any ($1::uuid[]) and ${notEnded} and attempts = 0 and started_at is not null
        order by id for update skip locked))`,
    values: [ids, slow, begun],
  });
}

/**
 * Gives back what was taken and may not be attempted before a time: it waits until then without a workflow. Never beyond
 * the end of its own time, at which it expires.
 */
export async function giveBackUntil(executor: Executor, ids: readonly string[], until: Date): Promise<void> {
  await query(executor, {
    name: 'give-back-until',
    text: `
      update delivery set state = 'waiting', due_at = ${withinTime('$2')}, started_at = null, group_id = null,
        claimed_until = null
      where id = any (array(
        select id from delivery
        where id = any ($1::uuid[]) and ${notEnded} and attempts = 0 and state = 'pending' and started_at is not null
        order by id for update skip locked))`,
    values: [ids, until],
  });
}

/** Lets deliveries go from their group whose first attempts were begun, so that who makes them again says so. */
export async function letGo(executor: Executor, ids: readonly string[]): Promise<void> {
  await query(executor, {
    name: 'let-go',
    text: `
      update delivery set first_attempt_at = coalesce(first_attempt_at, now()), group_id = null
      where id = any (array(
        select id from delivery where id = any ($1::uuid[]) and attempts = 0
        order by id for update skip locked))`,
    values: [ids],
  });
}

/** The deliveries of a group that were not delivered: those that have not ended, and those that failed for good. */
export async function deliveriesOfGroup(
  executor: Executor,
  groupId: string,
): Promise<readonly StartableDelivery[]> {
  return query<StartableDelivery>(executor, {
    name: 'deliveries-of-group',
    text: `
      select ${startableColumns('delivery')}
      from delivery ${startableJoins('delivery')}
      where delivery.group_id = $1 and delivery.state in ('pending', 'waiting', 'held', 'exhausted', 'rejected')
      order by delivery.id`,
    values: [groupId],
  });
}
