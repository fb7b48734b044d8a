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
import type { AttemptedReport, AttemptInput, AttemptReport } from '#activities/attempt-report.ts';
import { assertNever } from '#domain/assert-never.ts';
import { stepAfter, type NextStep, type SettledState } from '#domain/delivery.ts';
import { attemptDelivery, attemptQuickly, callOf, noteDue, settleDelivery } from './activity-options.ts';
import { beginConversation, type Conversation, type Heard } from './conversation.ts';
import type { DeliverEventInput, LiveDelivery } from './messages.ts';
import { outcomeWords } from './outcome-words.ts';
import { watchResets } from './reset.ts';
import { holdOf, postponedOf, putOffOf, retryOf, type Wait } from './waits.ts';

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
  let heard: Heard & Pick<AttemptInput, 'interrupted'> = {};
  const resets = watchResets();

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
    const isTold = (): boolean => isCutShort() || conversation.isToldOfTime();
    const told = await condition(isTold, Math.max(1, Math.ceil(waitMs)), { summary });
    const due = isCutShort() ? undefined : await notePostponement(input, conversation);
    conversation.forgetPostponement();
    if (due !== undefined) return wait(postponedOf(due, Date.now()));
    heard = told ? conversation.heardFor(attempt) : {};
    conversation.forgetWakings();
    return !told;
  };

  /** Does what an attempt's report asks for. Answers the end, or undefined when there is more to come. */
  const follow = async (report: AttemptReport, sinceMs = 0): Promise<SettledState | undefined> => {
    switch (report.kind) {
      case 'settled':
        return resets.isSince(report) ? undefined : end(report.state);
      case 'held':
        return (await wait(holdOf(report))) ? settle('expired') : undefined;
      case 'blocked':
      case 'throttled':
        await wait(putOffOf(report));
        if (report.kind === 'throttled' && report.interrupted) heard = { ...heard, interrupted: true };
        return undefined;
      case 'attempted': {
        show({ lastOutcome: report.outcome, lastStatus: report.status });
        const step = whatFollows(report);
        if (step.kind === 'settle' && !resets.isSince(report)) return end(step.state);
        attempt = report.attempt + 1;
        if (step.kind === 'wait' && !report.held) await wait(retryOf(report, step.waitMs, sinceMs));
        return undefined;
      }
      default:
        return assertNever(report);
    }
  };

  /** Makes the next attempt and what follows it. Answers like `follow`. */
  const advance = async (): Promise<SettledState | undefined> => {
    if (isCancelRequested()) return settle('cancelled');
    show({ state: 'attempting', attempt, dueAt: null, reason: `Attempt ${attempt} is under way.` });
    const told = { ...heard, ...resets.input() };
    heard = {};
    return follow(await makeAttempt({ deliveryId, run, attempt, ...told }, input.quickHookId));
  };

  try {
    let state = await (attempted === undefined ? advance() : follow(attempted, sinceStartMs()));
    while (state === undefined) {
      if (workflowInfo().continueAsNewSuggested && !isCancelRequested())
        return await continueAsNew<typeof deliverEvent>({ v: 1, deliveryId, run });
      state = await advance();
    }
    return await conclude(state, conversation);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => settle('cancelled'));
    throw error;
  }
}

/** Writes down to when the next attempt was moved; answers when it comes, undefined when it was not moved. */
async function notePostponement(
  { deliveryId, run }: DeliverEventInput,
  { postponedTo }: Conversation,
): Promise<string | undefined> {
  const until = postponedTo();
  return until === undefined ? undefined : ((await noteDue({ deliveryId, run, until })) ?? until);
}

/** Ends the workflow when everybody who asked has been answered. */
async function conclude(state: SettledState, { shown }: Conversation): Promise<{ state: SettledState }> {
  await condition(allHandlersFinished);
  if (state === 'exhausted') throw exhausted(shown());
  return { state };
}

const endings: Readonly<Record<SettledState, string>> = {
  delivered: 'Delivered: the receiver answered with success.',
  exhausted: 'Exhausted: the last retry of the schedule has failed.',
  rejected: 'Rejected: the receiver refused it for good.',
  cancelled: 'Cancelled: it will not be attempted again.',
  expired: 'Expired: its time was over before it could be delivered.',
};

/** Makes an attempt, the first one within the workflow task where that is possible. */
async function makeAttempt(input: AttemptInput, quickHookId: string | undefined): Promise<AttemptReport> {
  const quickly = input.attempt === 1 ? await attemptWithinTask(input, quickHookId) : undefined;
  return quickly ?? (await attemptDelivery.executeWithOptions(callOf(input.attempt), [input]));
}

/** The first attempt, made within the workflow task when the receiver is quick; undefined when it is yet to be made. */
async function attemptWithinTask(
  input: AttemptInput,
  hookId: string | undefined,
): Promise<AttemptReport | undefined> {
  if (hookId === undefined) return undefined;
  try {
    return await attemptQuickly({ ...input, hookId });
  } catch (error) {
    // What is thrown within a workflow task comes as it was thrown, and not as an ActivityFailure.
    if (error instanceof TemporalFailure && !isCancellation(error)) return undefined;
    throw error;
  }
}

/** Milliseconds since it was started: more than a moment when no worker was free, or a reset has begun it once more. */
function sinceStartMs(): number {
  return Date.now() - workflowInfo().startTime.getTime();
}

/** What waits goes on as the database has it due, whatever the schedule has become since. */
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
