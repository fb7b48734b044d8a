/** Ends a delivery without an attempt. A delivery that has ended already keeps its end. */
import { query, type Executor } from '../query.ts';
import { expiredReason } from './expiry.ts';
import { notEnded } from './not-ended.ts';
import { byTemporal } from './note-wish.ts';
import { passTurns } from './turns.ts';

/** The condition that a delivery's own time is over. */
const isOver = `coalesce(expires_at, 'infinity') <= now() + interval '1 second'`;

/**
 * Cancels a delivery, or expires one whose hold has lasted long enough or whose own time is over. Who comes after it in its
 * line may go.
 *
 * @param reason why, in a sentence, when it is not the usual reason
 * @param askedIn the workflow by which somebody asked for it, which the audit then names
 * @returns the state the delivery is in afterwards; undefined when it no longer exists, or is in another run
 */
export async function settleDelivery(
  executor: Executor,
  deliveryId: string,
  run: number,
  state: 'cancelled' | 'expired',
  reason: string | null = null,
  askedIn: string | null = null,
): Promise<string | undefined> {
  const rows = await query<{ state: string | null; passesTurn: boolean }>(executor, {
    name: 'settle-delivery',
    text: `
      with settled as (
        update delivery set state = $3::text, settled_at = now(), due_at = null, held_at = null,
          reason = coalesce($4::text, case when $3::text = 'expired' and ${isOver} then '${expiredReason}' end)
        where id = $1 and run = $2 and ${notEnded}
          and ($3::text <> 'expired' or state = 'held' and due_at <= now() + interval '1 second' or ${isOver})
        returning id, state, order_number
      ), noted as (
        insert into audit (username, action, delivery_id, request_id)
        select '${byTemporal}', 'cancel', id, $5::text from settled where $5::text is not null)
      select coalesce((select state from settled), (select state from delivery where id = $1 and run = $2)) as state,
        exists (select from settled where order_number is not null) as "passesTurn"`,
    values: [deliveryId, run, state, reason, askedIn],
  });
  if (rows[0]?.passesTurn === true) await passTurns(executor, [deliveryId]);
  return rows[0]?.state ?? undefined;
}
