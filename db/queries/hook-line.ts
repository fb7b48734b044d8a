/**
 * The line of a hook that may not be sent all there is at once: moments at which one request may go, which are taken by
 * whoever sends it then, and turns in the distance, which tell the others when to come back. Only moments are strict:
 * a turn that comes late, or with many others, costs nobody anything. Moments and turns are the database's, so that any
 * number of processes share a line. Sends nothing.
 */
import { query, withoutWaitingForTheDisk, type Executor } from '../query.ts';
import { notEnded } from './not-ended.ts';

/**
 * Milliseconds in which no more go than a second may bring: what is sent at its moment arrives a little later, and not
 * always equally late.
 */
const strictSecondMs = 1025;

/** Milliseconds that a receiver is thought to take for a reply before it has given any. */
const unknownReplyMs = 50;

/** Moments to take. */
export interface MomentsToTake {
  readonly hookId: string;
  readonly perSecond: number;
  readonly count: number;
  /** Milliseconds in which the first of them must come. */
  readonly horizonMs: number;
  /** Whether a turn was given before; who has none takes nothing while others have turns to come. */
  readonly hasTurn: boolean;
}

/** What became of it. */
export interface TakenMoments {
  readonly taken: boolean;
  /** Milliseconds until the first of them, or until the next there is. */
  readonly inMs: number;
  /** Milliseconds between them. */
  readonly gapMs: number;
  readonly isOthersTurn: boolean;
}

/** Takes the next moments at which requests may be sent, one strict gap apart. */
export async function takeMoments(
  executor: Executor,
  { hookId, perSecond, count, horizonMs, hasTurn }: MomentsToTake,
): Promise<TakenMoments> {
  const gapMs = strictSecondMs / perSecond;
  const rows = await query<Omit<TakenMoments, 'gapMs'>>(executor, {
    name: 'take-moments',
    text: `
      with taken as (
        insert into hook_line as line (hook_id, next_at)
        values ($1, clock_timestamp() + $2::float8 * interval '1 ms')
        on conflict (hook_id) do update
          set next_at = greatest(line.next_at, clock_timestamp()) + $2::float8 * interval '1 ms'
          where line.next_at <= clock_timestamp() + $3::float8 * interval '1 ms'
            and ($4::boolean or line.line_at <= clock_timestamp())
        returning ${withoutWaitingForTheDisk}, next_at - $2::float8 * interval '1 ms' as at
      )
      select true as taken, extract(epoch from at - clock_timestamp())::float8 * 1000 as "inMs",
        false as "isOthersTurn"
      from taken
      union all
      select false, greatest(0, extract(epoch from next_at - clock_timestamp()) * 1000)::float8,
        line_at > clock_timestamp()
      from hook_line where hook_id = $1 and not exists (select from taken)`,
    values: [hookId, count * gapMs, horizonMs, hasTurn],
  });
  return { taken: false, inMs: 0, isOthersTurn: false, ...rows[0], gapMs };
}

/** Moves the moments that nobody has taken yet, because a request was sent later than at its own. */
export async function pushMoments(executor: Executor, hookId: string, byMs: number): Promise<void> {
  await query(executor, {
    name: 'push-moments',
    text: `
      update hook_line set next_at = greatest(next_at, clock_timestamp()) + $2::float8 * interval '1 ms'
      where hook_id = $1 returning ${withoutWaitingForTheDisk}`,
    values: [hookId, byMs],
  });
}

/** A turn to take. */
export interface TurnToTake {
  readonly hookId: string;
  readonly deliveryId: string;
  readonly run: number;
  /** Requests under way at once at the most, where a line is formed though the hook asks for none; null otherwise. */
  readonly atOnce: number | null;
  /** Milliseconds before which there is no turn. */
  readonly leastMs: number;
  /** Milliseconds up to which a turn is waited for on the spot: the delivery stays where it is. */
  readonly nearMs: number;
  /** True for a delivery without a workflow, which is given back until its turn. */
  readonly giveBack: boolean;
  /** True when a call that died may have sent it, which its next attempt has to say. */
  readonly begun: boolean;
}

/** A turn. */
export interface Turn {
  readonly inMs: number;
  /** False when it is to be waited for on the spot, and where the delivery is not to be attempted at all any more. */
  readonly moved: boolean;
}

/** Turns are as far apart as the hook's limits have it, and where it has none as its receiver replies. */
const gap = `greatest(1, ${strictSecondMs} / rate_limit_per_second,
  0.9 * coalesce(reply_ms, ${unknownReplyMs}) / least(max_in_flight, $4::integer))::float8 * interval '1 ms'`;

/** Takes the next turn in a line, and makes the delivery wait for it unless it is near. */
export async function takeTurn(executor: Executor, turn: TurnToTake): Promise<Turn> {
  const { hookId, deliveryId, run, atOnce, leastMs, nearMs, giveBack, begun } = turn;
  const rows = await query<Turn>(executor, {
    name: 'take-turn-in-line',
    text: `
      with pace as materialized (
        select id, ${gap} as gap from hook where id = $1
      ), placed as (
        insert into hook_line as line (hook_id, line_at)
        select id, clock_timestamp() + $5::float8 * interval '1 ms' + gap from pace
        on conflict (hook_id) do update set line_at = (select gap from pace)
          + greatest(line.line_at, line.next_at, clock_timestamp() + $5::float8 * interval '1 ms')
        returning line_at - (select gap from pace) as turn_at
      ), moved as (
        update delivery set state = 'waiting', turn_at = placed.turn_at, due_at = placed.turn_at, claimed_until = null,
          started_at = case when $7::boolean then null else started_at end,
          group_id = case when $7::boolean then null else group_id end,
          first_attempt_at = case when $8::boolean then coalesce(first_attempt_at, now()) else first_attempt_at end
        from placed
        where delivery.id = $2 and run = $3 and ${notEnded} and state <> 'held'
          and placed.turn_at > clock_timestamp() + $6::float8 * interval '1 ms'
        returning ${withoutWaitingForTheDisk}
      )
      select greatest(0, extract(epoch from turn_at - clock_timestamp()) * 1000)::float8 as "inMs",
        exists (select from moved) as moved
      from placed`,
    values: [hookId, deliveryId, run, atOnce, leastMs, nearMs, giveBack, begun],
  });
  return rows[0] ?? { inMs: 0, moved: false };
}

/**
 * Calls those who are next in a line and were told to come later, because there is room for them now. What somebody has
 * postponed is left alone. What has no workflow waits to be started; the others are to be woken.
 *
 * @returns how many there were
 */
export async function callNext(executor: Executor, hookId: string, count: number): Promise<number> {
  const rows = await query<{ readonly called: number }>(executor, {
    name: 'call-next',
    text: `
      with called as (
        update delivery set due_at = now(), turn_at = now(), claimed_until = null,
          state = case when started_at is null and attempts = 0 then 'pending' else state end,
          wake_requested = started_at is not null
        where id = any (array(
          select id from delivery
          where hook_id = $1 and state = 'waiting' and turn_at is not null and due_at = turn_at
            and turn_at > now() + interval '1 second'
          order by turn_at, id limit $2 for update skip locked))
        returning 1
      ) select count(*)::integer as called from called`,
    values: [hookId, count],
  });
  return rows[0]?.called ?? 0;
}

/**
 * Gives up the turns of a hook whose limits have changed: what has no workflow comes again for others. Run inside the
 * transaction that has the hook locked.
 */
export async function formLineAnew(executor: Executor, hookId: string): Promise<void> {
  await query(executor, {
    text: `
      with line as (
        update hook_line set line_at = '-infinity', next_at = least(next_at, now() + interval '1 second')
        where hook_id = $1
      )
      update delivery set due_at = now(), turn_at = null
      where id = any (array(
        select id from delivery
        where hook_id = $1 and state = 'waiting' and turn_at is not null and due_at = turn_at and started_at is null
        order by id for update))`,
    values: [hookId],
  });
}
