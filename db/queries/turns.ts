/**
 * Turns of deliveries that go out in order: taken before an attempt, passed on after it. Of a line nobody's attempt begins
 * while another's is under way. A turn that whoever passed it on did not live to pass on is found by looking.
 */
import { query, type Executor } from '../query.ts';
import { firstBefore, inLine, waitsForTurn } from './line.ts';
import { notEnded } from './not-ended.ts';

/**
 * Takes a delivery's turn for an attempt of so many milliseconds at the most; answers false when it is not its turn, or
 * the delivery has ended.
 */
export async function takeTurn(executor: Executor, id: string, attemptMs: number): Promise<boolean> {
  const rows = await query(executor, {
    name: 'take-turn',
    text: `
      update delivery set attempting_until = now() + $2::float8 * interval '1 ms'
      where id = $1 and ${notEnded} and not exists (${firstBefore('delivery')})
      returning id`,
    values: [id, attemptMs],
  });
  return rows.length > 0;
}

/** Makes whoever comes first in each of some lines wait to be started, if it waits for its turn. */
const releaseFirst = (lines: string, isOver: string): string => `
  released as (
    update delivery set state = 'pending', due_at = now()
    where id in (
      select id from delivery
      where id in (
        select (
          select next.id from delivery next
          where next.hook_id = line.hook_id and next.order_key = line.order_key and ${inLine('next')} and not (${isOver})
          order by next.order_number limit 1)
        from (select distinct hook_id, order_key from ${lines}) as line)
        and ${waitsForTurn('delivery')}
      order by id for update skip locked)
    returning id)`;

/** Passes a delivery's turn on when its attempt is over: to whoever comes next, unless the delivery itself goes on. */
export async function passTurn(executor: Executor, id: string): Promise<void> {
  await query(executor, {
    name: 'pass-turn',
    text: `
      with over as (
        update delivery set attempting_until = null where id = $1 returning hook_id, order_key
      ), ${releaseFirst('over', 'next.id = $1 and next.settled_at is not null')}
      select count(*) from released`,
    values: [id],
  });
}

/**
 * Lets those go whose turn has come in the lines of some deliveries, which have ended or begun to wait for their turn.
 * For a transaction of its own: what ends at the same moment is seen by one of both only after both have committed.
 *
 * @returns how many wait to be started now
 */
export async function passTurns(executor: Executor, ids: readonly string[]): Promise<number> {
  const rows = await query<{ readonly count: number }>(executor, {
    name: 'pass-turns',
    text: `
      with members as materialized (
        select hook_id, order_key from delivery where id = any ($1::uuid[]) and order_number is not null
      ), ${releaseFirst('members', 'false')}
      select count(*)::integer as count from released`,
    values: [ids],
  });
  return rows[0]?.count ?? 0;
}

/** Lets those go whose turn has come unnoticed, in any line. Answers like `passTurns`. */
export async function passForgottenTurns(executor: Executor, limit: number): Promise<number> {
  const rows = await query<{ readonly count: number }>(executor, {
    name: 'pass-forgotten-turns',
    text: `
      with first as materialized (
        select distinct on (line.hook_id, line.order_key) line.id, ${waitsForTurn('line')} as waits
        from delivery line where ${inLine('line')}
        order by line.hook_id, line.order_key, line.order_number
      ), released as (
        update delivery set state = 'pending', due_at = now()
        where id in (
          select id from delivery
          where id in (select id from first where waits limit $1) and ${waitsForTurn('delivery')}
          order by id for update skip locked)
        returning id)
      select count(*)::integer as count from released`,
    values: [limit],
  });
  return rows[0]?.count ?? 0;
}

/**
 * Puts those of some deliveries aside whose turn it is not, as nobody's: taken, and not yet started. Answers their ids.
 * Whoever puts them aside has to look afterwards whether their turn has come meanwhile.
 */
export async function awaitTurn(executor: Executor, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await query<{ readonly id: string }>(executor, {
    name: 'await-turn',
    text: `
      update delivery set state = 'waiting', due_at = null, started_at = null, group_id = null, claimed_until = null
      where id in (
        select id from delivery
        where id = any ($1::uuid[]) and ${notEnded} and state = 'pending' and attempts = 0 and order_number is not null
          and exists (${firstBefore('delivery')})
        order by id for update skip locked)
      returning id`,
    values: [ids],
  });
  return rows.map(({ id }) => id);
}
