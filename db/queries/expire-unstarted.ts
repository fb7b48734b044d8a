/** Ends deliveries that have expired and that nobody runs. Those with workflows are ended by them. */
import { query, type Executor } from '../query.ts';
import { expiredReason } from './expiry.ts';
import { passTurns } from './turns.ts';

/** Ends those that expired first; answers how many there were. */
export async function expireUnstarted(executor: Executor, limit: number): Promise<number> {
  const rows = await query<{ readonly id: string; readonly inLine: boolean }>(executor, {
    name: 'expire-unstarted',
    text: `
      update delivery set state = 'expired', reason = '${expiredReason}', settled_at = now(), due_at = null, held_at = null
      where id = any (array(
        select id from delivery
        where settled_at is null and started_at is null and expires_at is not null and expires_at <= now()
        order by expires_at limit $1 for update skip locked))
      returning id, order_number is not null as "inLine"`,
    values: [limit],
  });
  const ordered = rows.filter(({ inLine }) => inLine).map(({ id }) => id);
  if (ordered.length > 0) await passTurns(executor, ordered);
  return rows.length;
}
