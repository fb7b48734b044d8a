/**
 * One delivery: attempt, judge, sleep, until it has ended. The story only; every fact comes from an activity,
 * so that a workflow started again from nothing takes up where the database says the delivery stands.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { AttemptedReport, AttemptReport } from '#activities/attempt-report.ts';
import { assertNever } from '#domain/assert-never.ts';
import { stepAfter, type NextStep, type SettledState } from '#domain/delivery.ts';
import { attemptDelivery, attemptQuickly, noteDue, settleDelivery } from './activity-options.ts';
import { beginConversation } from './conversation.ts';
import type { DeliverEventInput, LiveDelivery } from './messages.ts';
import { outcomeWords } from './outcome-words.ts';
import { holdOf, postponedOf, retryOf, type Wait } from './waits.ts';

/** The type of the failure with which an exhausted delivery ends. */
export const exhaustedFailure = 'DeliveryExhausted';

/**
 * Delivers one event to one hook.
 *
 * @returns the state in which the delivery ended
 * @throws ApplicationFailure of type `DeliveryExhausted` when the last retry has failed, so that operators find it red
 */
export async function deliverEvent(input: DeliverEventInput): Promise<{ state: SettledState }> {
  const { deliveryId, run, attempted } = input;
  const conversation = beginConversation();
  const { show, isCancelRequested } = conversation;
  let attempt = 1;
  let woken = false;

  const end = (state: SettledState): SettledState => {
    show({ state, dueAt: null, reason: endings[state] });
    return state;
  };

  const settle = async (state: 'cancelled' | 'expired'): Promise<SettledState | undefined> => {
    const settled = await settleDelivery({ deliveryId, run, state });
    return settled === undefined ? undefined : end(settled);
  };

  /** Sleeps until the time has come, somebody wakes the delivery, or it is cancelled. Answers whether it slept through. */
  const wait = async ({ state, waitMs, summary, reason }: Wait): Promise<boolean> => {
    show({ state, attempt, dueAt: new Date(Date.now() + waitMs).toISOString(), reason });
    const isCutShort = (): boolean => isCancelRequested() || conversation.isWokenFor(attempt);
    const isTold = (): boolean => isCutShort() || conversation.postponedTo() !== undefined;
    woken = await condition(isTold, Math.max(1, Math.ceil(waitMs)), { summary });
    const until = isCutShort() ? undefined : conversation.postponedTo();
    if (until !== undefined) await noteDue({ deliveryId, run, until });
    conversation.forgetPostponement();
    if (until !== undefined) return wait(postponedOf(until, Date.now()));
    conversation.forgetWakings();
    return !woken;
  };

  /** Does what an attempt's report asks for. Answers the end, or undefined when there is more to come. */
  const follow = async (report: AttemptReport): Promise<SettledState | undefined> => {
    switch (report.kind) {
      case 'settled':
        return end(report.state);
      case 'held':
        return (await wait(holdOf(report))) ? settle('expired') : undefined;
      case 'attempted': {
        show({ lastOutcome: report.outcome, lastStatus: report.status });
        const step = whatFollows(report);
        if (step.kind === 'settle') return end(step.state);
        attempt = report.attempt + 1;
        if (!report.held) await wait(retryOf(report, step.waitMs));
        return undefined;
      }
      default:
        return assertNever(report);
    }
  };

  const inputOf = () => ({ deliveryId, run, attempt, ...(woken ? { woken } : {}) });

  /** Makes the next attempt and what follows it. Answers like `follow`. */
  const advance = async (): Promise<SettledState | undefined> => {
    if (isCancelRequested()) return settle('cancelled');
    show({ state: 'attempting', attempt, dueAt: null, reason: `Attempt ${attempt} is under way.` });
    const quickly = attempt === 1 ? await attemptWithinTask(input) : undefined;
    return follow(
      quickly ?? (await attemptDelivery.executeWithOptions({ summary: `attempt ${attempt}` }, [inputOf()])),
    );
  };

  try {
    let state = await (attempted === undefined ? advance() : follow(attempted));
    while (state === undefined) {
      const { continueAsNewSuggested } = workflowInfo();
      if (continueAsNewSuggested && !isCancelRequested())
        return await continueAsNew<typeof deliverEvent>({ v: 1, deliveryId, run });
      state = await advance();
    }
    await condition(allHandlersFinished);
    if (state === 'exhausted') throw exhausted(conversation.shown());
    return { state };
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => settle('cancelled'));
    throw error;
  }
}

const endings: Readonly<Record<SettledState, string>> = {
  delivered: 'Delivered: the receiver answered with success.',
  exhausted: 'Exhausted: the last retry of the schedule has failed.',
  rejected: 'Rejected: the receiver refused it for good.',
  cancelled: 'Cancelled: it will not be attempted again.',
  expired: 'Expired: it was held for as long as deliveries are kept back.',
};

/** The first attempt, made within the workflow task when the receiver is quick; undefined when it is yet to be made. */
async function attemptWithinTask(input: DeliverEventInput): Promise<AttemptReport | undefined> {
  const { deliveryId, run, quickHookId } = input;
  if (quickHookId === undefined) return undefined;
  try {
    return await attemptQuickly({ deliveryId, run, attempt: 1, hookId: quickHookId });
  } catch (error) {
    // What is thrown within a workflow task comes as it was thrown, and not as an ActivityFailure.
    if (error instanceof TemporalFailure && !isCancellation(error)) return undefined;
    throw error;
  }
}

/** What was on record already goes on as the database has it due, whatever the schedule has become since. */
function whatFollows(report: AttemptedReport): NextStep {
  return report.dueInMs === null ? stepAfter(report) : { kind: 'wait', waitMs: report.dueInMs };
}

function exhausted({ attempt, lastOutcome, lastStatus }: LiveDelivery): ApplicationFailure {
  const words = lastOutcome === null ? '' : `, which ${outcomeWords(lastOutcome, lastStatus)}`;
  const failure = ApplicationFailure.nonRetryable(
    `No retry is left after attempt ${attempt}${words}.`,
    exhaustedFailure,
    { attempts: attempt, lastOutcome, lastStatus },
  );
  // Nothing of ours has failed: where it was thrown would only stand between an operator and the message.
  failure.stack = '';
  return failure;
}
