/**
 * Deliveries that must not be attempted before a time and have no workflow: makes those whose time is about to come wait
 * to be started. Never touches those that wait for their turn, which have no time.
 */
import { query, type Executor } from '../query.ts';

/** Milliseconds before its time from which on a delivery may be started; its attempt waits for the rest. */
const promoteAheadMs = 1000;

/** Makes those that are due next wait to be started; answers how many there were. */
export async function promoteDue(executor: Executor, limit: number): Promise<number> {
  const rows = await query(executor, {
    name: 'promote-due',
    text: `
      update delivery set state = 'pending', claimed_until = null
      where id = any (array(
        select id from delivery
        where state = 'waiting' and started_at is null and due_at <= now() + ${promoteAheadMs} * interval '1 ms'
        order by due_at limit $1 for update skip locked))
      returning id`,
    values: [limit],
  });
  return rows.length;
}
