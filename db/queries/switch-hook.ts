/**
 * Turns a hook off, on, or deletes it, together with what that means for its unfinished deliveries.
 * Run inside the caller's transaction. Locks the hook first, then its deliveries, as recording an attempt does.
 */
import { query, type Executor } from '../query.ts';
import { heldFor, isLater, isOwn } from './held.ts';
import type { StartableDelivery } from './start-deliveries.ts';

/** Holds what waits for a hook that its owner turned off; expires after `holdDays`. */
export async function holdDeliveriesOfHook(
  executor: Executor,
  hookId: string,
  holdDays: number,
): Promise<void> {
  await query(executor, {
    text: `
      update delivery set ${heldFor('$2')}
      where hook_id = $1 and settled_at is null and state <> 'held'`,
    values: [hookId, holdDays],
  });
}

/**
 * Makes the held deliveries of a hook due now, or when they may be attempted first. Those that have workflows of their own
 * are to be woken; the others wait to be started like any that is new, or for their turn in their group.
 */
export async function releaseDeliveriesOfHook(executor: Executor, hookId: string): Promise<void> {
  await query(executor, {
    text: `
      update delivery set state = case when attempts = 0 and not ${isLater} then 'pending' else 'waiting' end,
        held_at = null, due_at = case when ${isLater} then deliver_at else now() end, claimed_until = null,
        wake_requested = ${isOwn}
      where hook_id = $1 and state = 'held'`,
    values: [hookId],
  });
}

/** Cancels what is unfinished of the hooks given and answers the deliveries whose workflows are to be told. */
export async function cancelDeliveriesOfHooks(
  executor: Executor,
  hookIds: readonly string[],
): Promise<readonly Pick<StartableDelivery, 'id' | 'run'>[]> {
  return query(executor, {
    text: `
      update delivery set state = 'cancelled', settled_at = now(), due_at = null, held_at = null
      where hook_id = any ($1::uuid[]) and settled_at is null
      returning id, run`,
    values: [hookIds],
  });
}
