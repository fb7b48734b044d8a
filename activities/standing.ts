/**
 * Where a delivery stands when its attempt is asked for: ready to be sent, or with an answer that needs no request.
 * This is what makes an attempt safe to ask for twice, and a workflow safe to start again from nothing.
 */
import { isSettled } from '#domain/delivery.ts';
import { pingType } from '#domain/events.ts';
import { defaultSchedule } from '#domain/schedule.ts';
import { judgeAttempt } from '#domain/verdict.ts';
import { holdDelivery } from '#db/queries/hold-delivery.ts';
import type { AttemptMaterial } from '#db/queries/load-attempt.ts';
import { settleDelivery } from '#db/queries/settle-delivery.ts';
import type { Executor } from '#db/query.ts';
import type { AttemptInput, AttemptReport } from './attempt-report.ts';

/** Material whose event is there to be sent. */
export type SendableMaterial = AttemptMaterial & { readonly payload: string };

/** Ready to send, or the report to give without sending. */
export type Standing =
  | { readonly kind: 'ready'; readonly material: SendableMaterial }
  | { readonly kind: 'report'; readonly report: AttemptReport };

/** Milliseconds before an attempt is due from which on it may be made: clocks differ. */
const earlyMs = 2000;

const cancelled: Standing = { kind: 'report', report: { kind: 'settled', state: 'cancelled' } };

/** Finds out where a delivery stands, holding or cancelling it where its hook says so. No material: it is gone. */
export async function findStanding(
  database: Executor,
  holdDays: number,
  input: AttemptInput,
  material: AttemptMaterial | undefined,
): Promise<Standing> {
  if (material === undefined || material.run !== input.run) return cancelled;
  const { state, payload } = material;
  if (isSettled(state)) return { kind: 'report', report: { kind: 'settled', state } };
  if (material.hookDeleted || payload === null) {
    await settleDelivery(database, input.deliveryId, input.run, 'cancelled');
    return cancelled;
  }
  if (material.attempts >= input.attempt) return { kind: 'report', report: reportOfRecorded(material) };
  // Moved to later by somebody, which a workflow that was not told finds out here.
  const early = material.attempts > 0 && state === 'waiting' && (material.dueInMs ?? 0) > earlyMs;
  if (early && input.woken !== true) return { kind: 'report', report: reportOfRecorded(material) };
  if (!material.hookDelivers && material.forcedAttempt !== input.attempt) {
    const expiresInMs = await holdDelivery(database, input.deliveryId, input.run, holdDays);
    if (expiresInMs !== undefined) return { kind: 'report', report: { kind: 'held', expiresInMs } };
  }
  return { kind: 'ready', material: { ...material, payload } };
}

/** True for a ping, which is tried once. */
function isPing({ eventType }: AttemptMaterial): boolean {
  return eventType === pingType;
}

/** The delays between a delivery's attempts, in seconds. */
export function scheduleOf(material: AttemptMaterial): readonly number[] {
  return isPing(material) ? [] : (material.schedule ?? defaultSchedule);
}

/** The report of an attempt that is on record already. */
function reportOfRecorded(material: AttemptMaterial): AttemptReport {
  const { lastOutcome, lastStatus } = material;
  if (lastOutcome === null) throw new Error(`Attempt ${material.attempts} is counted but not on record`);
  return {
    kind: 'attempted',
    attempt: material.attempts,
    verdict: judgeAttempt(lastOutcome, lastStatus),
    outcome: lastOutcome,
    status: lastStatus,
    schedule: scheduleOf(material),
    retryAfterMs: null,
    dueInMs: material.dueInMs ?? 0,
    held: material.state === 'held',
  };
}
