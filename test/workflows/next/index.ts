/**
 * The workflows as a next release might have them: changed where a delivery begins and where it ends, each change under
 * `patched`, as a change of a workflow must be. What goes on under it was begun by the workflows of today.
 */
import { patched, sleep } from '@temporalio/workflow';
import type { SettledState } from '#domain/delivery.ts';
import { deliverEvent as todaysDelivery } from '#workflows/deliver-event.ts';
import type { DeliverEventInput } from '#workflows/messages.ts';

export { dispatchGroup } from '#workflows/dispatch-group.ts';

/** `deliverEvent` with a rest before and after: the first for deliveries that begin under it, the second for all. */
export async function deliverEvent(input: DeliverEventInput): Promise<{ state: SettledState }> {
  if (patched('rest-at-the-beginning')) await sleep(1);
  const end = await todaysDelivery(input);
  if (patched('rest-at-the-end')) await sleep(1);
  return end;
}
