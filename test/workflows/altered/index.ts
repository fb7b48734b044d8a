/** The workflows with one deliberate change: a rest before everything else. Its replay must fail, which proves the suite. */
import { sleep } from '@temporalio/workflow';
import type { SettledState } from '#domain/delivery.ts';
import { deliverEvent as shipped } from '#workflows/deliver-event.ts';
import type { DeliverEventInput } from '#workflows/messages.ts';

/** `deliverEvent` after a millisecond that no history knows. */
export async function deliverEvent(input: DeliverEventInput): Promise<{ state: SettledState }> {
  await sleep(1);
  return shipped(input);
}
