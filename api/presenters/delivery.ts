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
    nextAttemptAt: isToBeAttempted(row, state) ? (current?.dueAt ?? row.dueAt) : null,
    expiresAt: row.expiresAt,
    orderKey: row.orderKey,
    blockedBy: row.blockedBy,
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

function isToBeAttempted(row: DeliveryRow, state: DeliveryState): boolean {
  return (state === 'waiting' || state === 'pending') && row.blockedBy === null && !expiresFirst(row);
}

/** True when its time is over before its next attempt would come. */
function expiresFirst({ dueAt, expiresAt }: DeliveryRow): boolean {
  return dueAt !== null && expiresAt !== null && dueAt >= expiresAt;
}

/** Why a delivery waits for its next attempt. */
function waitOf(row: DeliveryRow, last: string): string {
  if (row.blockedBy !== null) {
    return `It waits for its turn: ${row.blockedBy}, with the same order key, has to end first.`;
  }
  const due = row.dueAt?.toISOString();
  if (expiresFirst(row)) return `It expires at ${due}, before its next attempt would come.${last}`;
  if (row.attempts > 0 || due === undefined) return `It waits for the next attempt of its schedule.${last}`;
  const isAsked = row.deliverAt !== null && row.dueAt !== null && row.dueAt <= row.deliverAt;
  return isAsked
    ? `It is to be attempted at ${due} and not before, as was asked.`
    : `It is not attempted before ${due}.`;
}

function reasonOf(row: DeliveryRow, state: DeliveryState): string {
  const last = row.lastOutcome === null ? '' : ` The last attempt ended with ${row.lastOutcome}.`;
  const disabled = row.disabledReason === null ? '' : ` (${row.disabledReason})`;
  const reasons: Readonly<Record<DeliveryState, string>> = {
    pending:
      row.blockedBy !== null
        ? waitOf(row, last)
        : row.started
          ? 'The first attempt is about to be made.'
          : 'It waits to be started.',
    attempting: 'An attempt is under way.',
    waiting: waitOf(row, last),
    held: `It is kept back because ${holdOf(row, disabled)}; it expires at ${row.dueAt?.toISOString() ?? 'some time'} unless it goes out before.`,
    delivered: 'The receiver accepted it.',
    exhausted: `The last retry of its schedule has failed.${last}`,
    rejected: 'The receiver refused it for good.',
    cancelled: row.endReason ?? 'It was cancelled and is not attempted again.',
    expired: row.endReason ?? 'It was held for as long as deliveries are kept back.',
  };
  return reasons[state];
}
