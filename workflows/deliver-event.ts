/**
 * One delivery: attempt, judge, sleep, until it has ended. The story only; every fact comes from an activity,
 * so that a workflow started again from nothing takes up where the database says the delivery stands.
 */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { AttemptReport } from '#activities/attempt-report.ts';
import { stepAfter, type DeliveryState, type SettledState } from '#domain/delivery.ts';
import { durationText } from '#domain/duration-text.ts';
import { attemptDelivery, settleDelivery } from './activity-options.ts';
import {
  cancelSignal,
  retryNowSignal,
  stateQuery,
  type DeliverEventInput,
  type LiveDelivery,
} from './messages.ts';

/** The type of the failure with which an exhausted delivery ends. */
export const exhaustedFailure = 'DeliveryExhausted';

interface Wait {
  readonly state: DeliveryState;
  readonly waitMs: number;
  readonly summary: string;
  readonly reason: string;
}

/**
 * Delivers one event to one hook.
 *
 * @returns the state in which the delivery ended
 * @throws ApplicationFailure of type `DeliveryExhausted` when the last retry has failed, so that operators find it red
 */
export async function deliverEvent(input: DeliverEventInput): Promise<{ state: SettledState }> {
  let attempt = 1;
  let cancelRequested = false;
  let wokenFor: number | undefined;
  let live: LiveDelivery = {
    state: 'pending',
    attempt,
    lastOutcome: null,
    lastStatus: null,
    dueAt: null,
    reason: 'The first attempt is about to be made.',
  };

  const show = (changes: Partial<LiveDelivery>): void => {
    live = { ...live, ...changes };
    setCurrentDetails(live.reason);
  };

  setHandler(stateQuery, () => live, { description: 'Where this delivery stands and what happens next' });
  setHandler(
    retryNowSignal,
    (onlyBefore) => {
      wokenFor = onlyBefore ?? Number.POSITIVE_INFINITY;
    },
    { description: 'Attempt now instead of later' },
  );
  setHandler(
    cancelSignal,
    () => {
      cancelRequested = true;
    },
    { description: 'End this delivery; it is never attempted again' },
  );

  /** Sleeps until the time has come, somebody wakes the delivery, or it is cancelled. Answers whether it slept through. */
  const wait = async ({ state, waitMs, summary, reason }: Wait): Promise<boolean> => {
    show({ state, attempt, dueAt: new Date(Date.now() + waitMs).toISOString(), reason });
    const isWoken = (): boolean => cancelRequested || (wokenFor !== undefined && wokenFor >= attempt);
    const woken = await condition(isWoken, waitMs, { summary });
    wokenFor = undefined;
    return !woken;
  };

  const settle = async (state: 'cancelled' | 'expired'): Promise<SettledState | undefined> => {
    const settled = await settleDelivery({ deliveryId: input.deliveryId, run: input.run, state });
    if (settled !== undefined) show({ state: settled, dueAt: null, reason: endings[settled] });
    return settled;
  };

  /** Makes the next attempt and what follows it. Answers the end, or undefined when there is more to come. */
  const advance = async (): Promise<SettledState | undefined> => {
    if (cancelRequested) return settle('cancelled');
    show({ state: 'attempting', attempt, dueAt: null, reason: `Attempt ${attempt} is under way.` });
    const report = await attemptDelivery.executeWithOptions({ summary: `attempt ${attempt}` }, [
      { deliveryId: input.deliveryId, run: input.run, attempt },
    ]);
    switch (report.kind) {
      case 'settled':
        show({ state: report.state, dueAt: null, reason: endings[report.state] });
        return report.state;
      case 'held': {
        const sleptThrough = await wait(holdOf(report));
        return sleptThrough ? settle('expired') : undefined;
      }
      case 'attempted': {
        show({ lastOutcome: report.outcome, lastStatus: report.status });
        const step = stepAfter(report);
        if (step.kind === 'settle') {
          show({ state: step.state, dueAt: null, reason: endings[step.state] });
          return step.state;
        }
        attempt = report.attempt + 1;
        if (!report.held) await wait(retryOf(report, report.dueInMs ?? step.waitMs));
        return undefined;
      }
    }
  };

  try {
    let end = await advance();
    while (end === undefined) {
      if (workflowInfo().continueAsNewSuggested) return await continueAsNew<typeof deliverEvent>(input);
      end = await advance();
    }
    if (end === 'exhausted') throw exhausted(live);
    return { state: end };
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => settle('cancelled'));
    throw error;
  }
}

const endings: Readonly<Record<SettledState, string>> = {
  delivered: 'Delivered: the receiver answered with success.',
  exhausted: 'Exhausted: the last retry of the schedule has failed.',
  rejected: 'Rejected: the receiver said that it is gone for good.',
  cancelled: 'Cancelled: it will not be attempted again.',
  expired: 'Expired: it was held for as long as deliveries are kept back.',
};

function holdOf(report: Extract<AttemptReport, { kind: 'held' }>): Wait {
  return {
    state: 'held',
    waitMs: report.expiresInMs,
    summary: `held, expires in ${durationText(report.expiresInMs)}`,
    reason: `Held because its hook is not active; it expires in ${durationText(report.expiresInMs)} unless the hook is turned on.`,
  };
}

function retryOf(report: Extract<AttemptReport, { kind: 'attempted' }>, waitMs: number): Wait {
  const retries = report.schedule.length;
  const status = report.status === null ? '' : ` (status ${report.status})`;
  return {
    state: 'waiting',
    waitMs,
    summary: `retry ${report.attempt} of ${retries} in ${durationText(waitMs)}`,
    reason: `Attempt ${report.attempt} ended with ${report.outcome}${status}; retry ${report.attempt} of ${retries} comes ${durationText(waitMs)} after it.`,
  };
}

function exhausted(live: LiveDelivery): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `The delivery failed ${live.attempt} times; the last attempt ended with ${live.lastOutcome ?? 'an unknown outcome'}.`,
    exhaustedFailure,
    { attempts: live.attempt, lastOutcome: live.lastOutcome, lastStatus: live.lastStatus },
  );
}
