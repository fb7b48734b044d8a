/**
 * Where a delivery stands when its attempt is asked for: ready to be sent, or with an answer that needs no request.
 * This is what makes an attempt safe to ask for twice, and a workflow safe to start again from nothing.
 */
import { isSettled, type DeliveryState } from '#domain/delivery.ts';
import { pingType } from '#domain/events.ts';
import { attemptLimits } from '#domain/limits.ts';
import { defaultSchedule } from '#domain/schedule.ts';
import { judgeAttempt } from '#domain/verdict.ts';
import { holdDelivery } from '#db/queries/hold-delivery.ts';
import type { AttemptMaterial } from '#db/queries/load-attempt.ts';
import { settleDelivery } from '#db/queries/settle-delivery.ts';
import type { Executor } from '#db/query.ts';
import type { AttemptedReport, AttemptInput, AttemptReport } from './attempt-report.ts';
import { expiresFirst } from './due-time.ts';
import { mayBegin } from './order.ts';
import { withWishes } from './wishes.ts';

/** Material whose event is there to be sent. */
export type SendableMaterial = AttemptMaterial & { readonly payload: string };

/** Ready to send, or the report to give without sending. */
export type Standing =
  | { readonly kind: 'ready'; readonly material: SendableMaterial }
  | { readonly kind: 'report'; readonly report: AttemptReport };

const cancelled: Standing = { kind: 'report', report: { kind: 'settled', state: 'cancelled' } };

/** Finds out where a delivery stands, holding or cancelling it where its hook says so. No material: it is gone. */
export async function findStanding(
  database: Executor,
  holdDays: number,
  input: AttemptInput,
  loaded: AttemptMaterial | undefined,
): Promise<Standing> {
  const material = loaded && (await withWishes(database, input, loaded));
  if (material === undefined || material.run !== input.run) return cancelled;
  const { state, payload } = material;
  if (isSettled(state)) return { kind: 'report', report: { kind: 'settled', state } };
  if (material.hookDeleted || payload === null) {
    await settleDelivery(database, input.deliveryId, input.run, 'cancelled');
    return cancelled;
  }
  if (material.attempts >= input.attempt) return { kind: 'report', report: reportOfRecorded(material) };
  if (material.expiresInMs !== null && material.expiresInMs <= 0) return expire(database, input);
  if (isEarly(input, material)) return { kind: 'report', report: reportOfRecorded(material) };
  if (isPutOff(material) && input.woken !== true) {
    const dueInMs = material.dueInMs ?? 0;
    return { kind: 'report', report: { kind: 'throttled', dueInMs, throttle: { kind: 'put_off' } } };
  }
  if (!material.hookDelivers && material.forcedAttempt !== input.attempt) {
    const expiresInMs = await holdDelivery(database, input.deliveryId, input.run, holdDays);
    if (expiresInMs !== undefined) return { kind: 'report', report: { kind: 'held', expiresInMs } };
  }
  if (!(await mayBegin(database, input.deliveryId, material))) {
    return { kind: 'report', report: { kind: 'blocked', againInMs: attemptLimits.turnLookMs } };
  }
  return { kind: 'ready', material: { ...material, payload } };
}

/** True when it was moved to later by somebody, which a workflow that was not told finds out here. */
function isEarly({ woken, refreshed }: AttemptInput, { state, attempts, dueInMs }: AttemptMaterial): boolean {
  if (woken === true || attempts === 0 || state !== 'waiting') return false;
  return (dueInMs ?? 0) > (refreshed === true ? 0 : attemptLimits.earlyMs);
}

/** Ends a delivery whose time is over. */
async function expire(database: Executor, { deliveryId, run }: AttemptInput): Promise<Standing> {
  const state = (await settleDelivery(database, deliveryId, run, 'expired')) as DeliveryState | undefined;
  if (state === undefined) return cancelled;
  if (!isSettled(state)) throw new Error(`Delivery ${deliveryId} has expired and is ${state}`);
  return { kind: 'report', report: { kind: 'settled', state } };
}

/** True for a first attempt that waited for its turn and was moved to later by somebody. */
function isPutOff({ attempts, state, dueInMs }: AttemptMaterial): boolean {
  return attempts === 0 && state === 'waiting' && (dueInMs ?? 0) > attemptLimits.earlyMs;
}

/** True for a ping, which is tried once. */
function isPing({ eventType }: AttemptMaterial): boolean {
  return eventType === pingType;
}

/** The delays between a delivery's attempts, in seconds. */
export function scheduleOf(material: AttemptMaterial): readonly number[] {
  return isPing(material) ? [] : (material.schedule ?? defaultSchedule);
}

/** What a report says of attempts from before the schedule began anew. */
export function anewOf({ attemptsBefore }: AttemptMaterial): Pick<AttemptedReport, 'attemptsBefore'> {
  return attemptsBefore === 0 ? {} : { attemptsBefore };
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
    recorded: true,
    ...anewOf(material),
    ...(expiresFirst(material) ? { expires: true } : {}),
  };
}
