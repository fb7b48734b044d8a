/**
 * What a delivery's workflow shows of itself and what it has been told: answers the query, takes the signals.
 * Decides nothing; the story asks it.
 */
import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import { cancelSignal, retryNowSignal, stateQuery, type LiveDelivery } from './messages.ts';

/** The workflow's talk with whoever asks and signals. */
export interface Conversation {
  /** Changes what the query answers and what the Temporal UI says. */
  readonly show: (changes: Partial<LiveDelivery>) => void;
  /** What was shown last. */
  readonly shown: () => LiveDelivery;
  readonly isCancelRequested: () => boolean;
  /** True when the wait before this attempt is to be cut short. */
  readonly isWokenFor: (attempt: number) => boolean;
  /** Forgets what it was woken for. Called after each wait, so that a signal during an attempt is not lost. */
  readonly forgetWakings: () => void;
}

/** Stands for whichever attempt comes next in what the workflow was woken for. */
const anyAttempt = 0;

/** Registers the query and the signals. Must run before the workflow waits for anything. */
export function beginConversation(): Conversation {
  const wokenFor = new Set<number>();
  let cancelRequested = false;
  let live: LiveDelivery = {
    state: 'pending',
    attempt: 1,
    lastOutcome: null,
    lastStatus: null,
    dueAt: null,
    reason: 'The first attempt is about to be made.',
  };
  setHandler(stateQuery, () => live, { description: 'Where this delivery stands and what happens next' });
  setHandler(
    retryNowSignal,
    (attempt) => {
      wokenFor.add(attempt ?? anyAttempt);
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
  return {
    show: (changes) => {
      live = { ...live, ...changes };
      setCurrentDetails(live.reason);
    },
    shown: () => live,
    isCancelRequested: () => cancelRequested,
    isWokenFor: (attempt) => wokenFor.has(anyAttempt) || wokenFor.has(attempt),
    forgetWakings: () => wokenFor.clear(),
  };
}
