/** Shows a delivery: its stored state, and over it what its workflow says at this moment. */
import { isSettled, type DeliveryState } from '#domain/delivery.ts';
import { deliveryWorkflowId, groupWorkflowId } from '#domain/ids.ts';
import { defaultSchedule } from '#domain/schedule.ts';
import type { DeliveryRow } from '#db/queries/deliveries.ts';
import type { LiveDelivery } from '#workflows/messages.ts';

/** A delivery as JSON. What the database says of an end or a hold is newer than what a sleeping workflow believes. */
export function presentDelivery(row: DeliveryRow, live: LiveDelivery | undefined) {
  const stored = row.state as DeliveryState;
  const current = live !== undefined && !isSettled(stored) && stored !== 'held' ? live : undefined;
  const state = current?.state ?? stored;
  const schedule = row.schedule ?? defaultSchedule;
  return {
    id: row.id,
    eventId: row.eventId,
    eventType: row.eventType,
    webhookId: row.webhookId,
    repository: { owner: row.owner, name: row.name },
    state,
    reason: current?.reason ?? reasonOf(row, stored),
    run: row.run,
    workflowId:
      row.groupId === null
        ? deliveryWorkflowId(row.id, row.run)
        : groupWorkflowId(row.groupId, row.groupKind),
    attemptCount: row.attempts,
    lastOutcome: row.lastOutcome,
    lastStatusCode: row.lastStatus,
    nextAttemptAt: state === 'waiting' || state === 'pending' ? (current?.dueAt ?? row.dueAt) : null,
    remainingSchedule: isSettled(state) ? [] : schedule.slice(row.attempts - row.attemptsBefore),
    acceptedAt: row.acceptedAt,
    firstAttemptAt: row.firstAttemptAt,
    settledAt: row.settledAt,
    source: current === undefined ? 'stored' : 'live',
  };
}

/** Why a delivery is kept back. */
function holdOf({ hookPaused, hookDraining }: DeliveryRow, disabled: string): string {
  if (hookPaused) return 'its hook is paused';
  return hookDraining ? 'others of its hook go out before it' : `its hook is not active${disabled}`;
}

function reasonOf(row: DeliveryRow, state: DeliveryState): string {
  const last = row.lastOutcome === null ? '' : ` The last attempt ended with ${row.lastOutcome}.`;
  const disabled = row.disabledReason === null ? '' : ` (${row.disabledReason})`;
  const reasons: Readonly<Record<DeliveryState, string>> = {
    pending: row.started ? 'The first attempt is about to be made.' : 'It waits to be started.',
    attempting: 'An attempt is under way.',
    waiting: `It waits for the next attempt of its schedule.${last}`,
    held: `It is kept back because ${holdOf(row, disabled)}; it expires at ${row.dueAt?.toISOString() ?? 'some time'} unless it goes out before.`,
    delivered: 'The receiver accepted it.',
    exhausted: `The last retry of its schedule has failed.${last}`,
    rejected: 'The receiver refused it for good.',
    cancelled: row.endReason ?? 'It was cancelled and is not attempted again.',
    expired: 'It was held for as long as deliveries are kept back.',
  };
  return reasons[state];
}
