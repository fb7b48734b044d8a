/** The workflows with one deliberate change: a rest before everything else. Its replay must fail, which proves the suite. */
import { sleep } from '@temporalio/workflow';
import type { GroupReport } from '#activities/attempt-report.ts';
import type { SettledState } from '#domain/delivery.ts';
import { deliverEvent as shippedDelivery } from '#workflows/deliver-event.ts';
import { dispatchGroup as shippedGroup } from '#workflows/dispatch-group.ts';
import { receiveEvents as shippedSignals } from '#workflows/receive-events.ts';
import type { DeliverEventInput, DispatchGroupInput } from '#workflows/messages.ts';
import type { ReceiveEventsInput, SignalProgress } from '#workflows/producer-messages.ts';

/** `deliverEvent` after a millisecond that no history knows. */
export async function deliverEvent(input: DeliverEventInput): Promise<{ state: SettledState }> {
  await sleep(1);
  return shippedDelivery(input);
}

/** `dispatchGroup` after a millisecond that no history knows. */
export async function dispatchGroup(input: DispatchGroupInput): Promise<GroupReport> {
  await sleep(1);
  return shippedGroup(input);
}

/** `receiveEvents` after a millisecond that no history knows. */
export async function receiveEvents(input: ReceiveEventsInput): Promise<SignalProgress> {
  await sleep(1);
  return shippedSignals(input);
}
