/**
 * Keeps a delivery back because its hook is not active, or paused. Never touches one that has ended.
 * Locks the hook first: one that is being turned on releases what is held, and would not see what is held a moment later.
 */
import { query, type Executor } from '../query.ts';
import { withinTime } from './expiry.ts';
import { notEnded } from './not-ended.ts';

/**
 * Holds a delivery, or leaves it held since when it was.
 *
 * @returns milliseconds until it expires, or undefined when its hook delivers after all or it has ended
 */
export async function holdDelivery(
  executor: Executor,
  deliveryId: string,
  run: number,
  holdDays: number,
): Promise<number | undefined> {
  const rows = await query<{ expiresInMs: number }>(executor, {
    name: 'hold-delivery',
    text: `
      with silent as materialized (
        select id from hook where id = (select hook_id from delivery where id = $1) and not delivers for share
      )
      update delivery set state = 'held', held_at = coalesce(held_at, now()),
        due_at = ${withinTime("coalesce(held_at, now()) + $3::float8 * interval '1 day'")}
      from silent
      where delivery.id = $1 and run = $2 and hook_id = silent.id and ${notEnded}
      returning greatest(0, extract(epoch from due_at - now()) * 1000)::float8 as "expiresInMs"`,
    values: [deliveryId, run, holdDays],
  });
  return rows[0]?.expiresInMs;
}
