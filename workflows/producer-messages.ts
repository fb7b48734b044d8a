/**
 * The messages that a repository's producer and whoever looks after it exchange with the workflow `receiveEvents`, its
 * input and its answers. The signal itself is declared where it is opened, in `open-signal.ts`.
 */
import { defineQuery } from '@temporalio/workflow';

/** The name under which the workflow is registered. */
export const receiveEventsWorkflow = 'receiveEvents';

/** The name of the signal that reports an event. */
export const eventSignalName = 'event';

/** The input of `receiveEvents`, as a producer sends it. Fields that it does not know it leaves alone. */
export interface ReceiveEventsInput {
  /** `owner/name`. */
  readonly repository: string;
  /** Signals after which a run continues as new, at most the 500 that it is otherwise. */
  readonly signalsPerRun?: number;
  /** Seconds without a signal after which the workflow ends, at most the hour that it is otherwise. */
  readonly idleSeconds?: number;
  /** What one run leaves to the next. A producer's own is not looked at. */
  readonly carried?: Carried;
}

/** What one run leaves to the next. */
export interface Carried {
  readonly v: 1;
  readonly counts: SignalCounts;
  readonly rejected: readonly RejectedSignal[];
  /** Signalled, and not accepted yet. */
  readonly signals: readonly object[];
}

/** What a producer signals with `event`. */
export interface SignalledEvent {
  /** Names the event within its repository: the second with the same key in 24 hours is dropped. */
  readonly key: string;
  readonly type: string;
  /** A JSON value, written once on acceptance. */
  readonly payload?: unknown;
  /** In place of `payload`: its text, kept as given. */
  readonly payloadText?: string;
}

/** How many signals went which way since the workflow was started. */
export interface SignalCounts {
  readonly accepted: number;
  /** Dropped because their keys were used. */
  readonly repeated: number;
  readonly rejected: number;
}

/** What the query `progress` answers. */
export interface SignalProgress extends SignalCounts {
  readonly repository: string;
  /** Signalled, and not accepted yet. */
  readonly waiting: number;
}

/** A signal that was wrong. */
export interface RejectedSignal {
  /** As far as it could be read. */
  readonly key: string | null;
  readonly type: string | null;
  readonly code: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly when: string;
}

/** Asks how many signals went which way. */
export const progressQuery = defineQuery<SignalProgress>('progress');

/** Asks for the last hundred signals that were wrong, oldest first. */
export const rejectedQuery = defineQuery<readonly RejectedSignal[]>('rejected');
