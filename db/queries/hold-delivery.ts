/** Keeps a delivery back because its hook is not active. Never touches one that has ended. */
import { query, type Executor } from '../query.ts';
import { notEnded } from './not-ended.ts';

/**
 * Holds a delivery, or leaves it held since when it was.
 *
 * @returns milliseconds until it expires, or undefined when its hook is active after all or it has ended
 */
export async function holdDelivery(
  executor: Executor,
  deliveryId: string,
  run: number,
  holdDays: number,
): Promise<number | undefined> {
  const rows = await query<{ expiresInMs: number }>(executor, {
    text: `
      update delivery set state = 'held', held_at = coalesce(held_at, now()),
        due_at = coalesce(held_at, now()) + $3::float8 * interval '1 day'
      where id = $1 and run = $2 and ${notEnded}
        and exists (select from hook where hook.id = delivery.hook_id and not hook.active)
      returning greatest(0, extract(epoch from due_at - now()) * 1000)::float8 as "expiresInMs"`,
    values: [deliveryId, run, holdDays],
  });
  return rows[0]?.expiresInMs;
}
