/**
 * What a delivery's workflow shows of itself and what it has been told: answers the query, takes the signals.
 * Decides nothing; the story asks it.
 */
import { condition, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { AttemptInput } from '#activities/attempt-report.ts';
import { isSettled } from '#domain/delivery.ts';
import {
  cancelSignal,
  cancelUpdate,
  postponeSignal,
  postponeUpdate,
  refreshSignal,
  retryNowSignal,
  retryNowUpdate,
  stateQuery,
  type LiveDelivery,
} from './messages.ts';

/** The workflow's talk with whoever asks and signals. */
export interface Conversation {
  /** Changes what the query answers and what the Temporal UI says. */
  readonly show: (changes: Partial<LiveDelivery>) => void;
  /** What was shown last. */
  readonly shown: () => LiveDelivery;
  readonly isCancelRequested: () => boolean;
  /** True when the wait before this attempt is to be cut short. */
  readonly isWokenFor: (attempt: number) => boolean;
  /** True when it was told that the next attempt has been moved, to a time or to what the database says. */
  readonly isToldOfTime: () => boolean;
  /** What the attempt is told of how its wait was cut short. */
  readonly heardFor: (attempt: number) => Heard;
  /** The time to which the next attempt was moved, ISO 8601; undefined when it was not. */
  readonly postponedTo: () => string | undefined;
  readonly forgetPostponement: () => void;
  /** Forgets what cut the wait short. Called after each wait, so that a signal during an attempt is not lost. */
  readonly forgetWakings: () => void;
}

/** How a wait was cut short. */
export type Heard = Pick<AttemptInput, 'woken' | 'byHand' | 'refreshed'>;

/** Stands for whichever attempt comes next in what the workflow was woken for. */
const anyAttempt = 0;

/** Registers the query and the signals. Must run before the workflow waits for anything. */
export function beginConversation(): Conversation {
  const wokenFor = new Set<number>();
  const byHandFor = new Set<number>();
  let refreshed = false;
  let cancelRequested = false;
  let postponedTo: string | undefined;
  let live: LiveDelivery = {
    state: 'pending',
    attempt: 1,
    lastOutcome: null,
    lastStatus: null,
    dueAt: null,
    reason: 'The first attempt is about to be made.',
  };
  const cancel = (): void => {
    cancelRequested = true;
  };
  const wake = (attempt: number = anyAttempt): void => {
    wokenFor.add(attempt);
  };
  const wakeByHand = (attempt?: number): void => {
    wake(attempt);
    byHandFor.add(attempt ?? anyAttempt);
  };
  const postpone = (until: string): void => {
    if (faultOf(until, live) === undefined) postponedTo = until;
  };
  const refresh = (): void => {
    refreshed = true;
  };
  const isMoved = (): boolean => postponedTo === undefined;
  listen({ live: () => live, wake, wakeByHand, cancel, postpone, refresh, isMoved });
  const isIn = (attempts: ReadonlySet<number>, attempt: number) =>
    attempts.has(anyAttempt) || attempts.has(attempt);
  return {
    show: (changes) => {
      live = { ...live, ...changes };
      setCurrentDetails(live.reason);
    },
    shown: () => live,
    isCancelRequested: () => cancelRequested,
    isWokenFor: (attempt) => isIn(wokenFor, attempt),
    isToldOfTime: () => refreshed || postponedTo !== undefined,
    heardFor: (attempt) => ({
      ...(isIn(wokenFor, attempt) ? { woken: true } : {}),
      ...(isIn(byHandFor, attempt) ? { byHand: true } : {}),
      ...(refreshed ? { refreshed } : {}),
    }),
    postponedTo: () => postponedTo,
    forgetPostponement: () => {
      postponedTo = undefined;
    },
    forgetWakings: () => {
      wokenFor.clear();
      byHandFor.clear();
      refreshed = false;
    },
  };
}

function isWaiting({ state }: LiveDelivery): boolean {
  return state === 'waiting' || state === 'held';
}

/** What is wrong with moving the next attempt to a time, or undefined. */
function faultOf(until: string, live: LiveDelivery): string | undefined {
  if (live.state !== 'waiting') return `The delivery is ${live.state}: it waits for no attempt`;
  return Number.isNaN(Date.parse(until)) ? `${JSON.stringify(until)} is not a time` : undefined;
}

/** What the handlers speak of. */
interface Talk {
  readonly live: () => LiveDelivery;
  readonly wake: (attempt: number) => void;
  /** The same for somebody of whom the database does not know. */
  readonly wakeByHand: (attempt?: number) => void;
  readonly refresh: () => void;
  readonly cancel: () => void;
  readonly postpone: (until: string) => void;
  /** True when what was asked for last has come about. */
  readonly isMoved: () => boolean;
}

/** Registers the query, the signals and the updates. */
function listen(talk: Talk): void {
  setHandler(stateQuery, talk.live, { description: 'Where this delivery stands and what happens next' });
  setHandler(
    retryNowSignal,
    // Holdfast itself always names the attempt; people and the Temporal UI send nothing, or null.
    (attempt?: number) => (typeof attempt === 'number' ? talk.wake(attempt) : talk.wakeByHand()),
    { description: 'Attempt now instead of later' },
  );
  setHandler(refreshSignal, talk.refresh, { description: 'Look again when the next attempt is due' });
  setHandler(cancelSignal, talk.cancel, { description: 'End this delivery; it is never attempted again' });
  setHandler(postponeSignal, talk.postpone, { description: 'Move the next attempt to this time (ISO 8601)' });
  setHandler(
    retryNowUpdate,
    async () => {
      const { attempt } = talk.live();
      talk.wakeByHand(attempt);
      await condition(() => talk.live().attempt > attempt || !isWaiting(talk.live()));
      return talk.live();
    },
    { description: 'Attempt now instead of later; answers where the delivery stands then' },
  );
  setHandler(
    cancelUpdate,
    async () => {
      talk.cancel();
      await condition(() => isSettled(talk.live().state));
      return talk.live();
    },
    { description: 'End this delivery; answers with its end' },
  );
  setHandler(
    postponeUpdate,
    async (until) => {
      talk.postpone(until);
      await condition(talk.isMoved);
      return talk.live();
    },
    {
      description: 'Move the next attempt to this time (ISO 8601); answers where the delivery stands then',
      validator: (until) => {
        const fault = faultOf(until, talk.live());
        if (fault !== undefined) throw new Error(fault);
      },
    },
  );
}
