/** Ends a delivery without an attempt. A delivery that has ended already keeps its end. */
import { query, type Executor } from '../query.ts';
import { notEnded } from './not-ended.ts';
import { byTemporal } from './note-wish.ts';

/**
 * Cancels a delivery, or expires one whose hold has lasted long enough.
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
  const rows = await query<{ state: string | null }>(executor, {
    text: `
      with settled as (
        update delivery set state = $3::text, reason = $4::text, settled_at = now(), due_at = null, held_at = null
        where id = $1 and run = $2 and ${notEnded}
          and ($3::text <> 'expired' or (state = 'held' and due_at <= now() + interval '1 second'))
        returning id, state
      ), noted as (
        insert into audit (username, action, delivery_id, request_id)
        select '${byTemporal}', 'cancel', id, $5::text from settled where $5::text is not null)
      select coalesce((select state from settled), (select state from delivery where id = $1 and run = $2)) as state`,
    values: [deliveryId, run, state, reason, askedIn],
  });
  return rows[0]?.state ?? undefined;
}
