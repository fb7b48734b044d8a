/** What a workflow asks of an attempt and what it is told: data that goes into Temporal's history, so never a secret. */
import type { SettledState } from '#domain/delivery.ts';
import type { Outcome } from '#domain/outcomes.ts';
import type { Verdict } from '#domain/verdict.ts';

/** Which attempt of which delivery. */
export interface AttemptInput {
  readonly deliveryId: string;
  readonly run: number;
  /** The attempt the workflow believes to be next, from 1; what is on record already is not made again. */
  readonly attempt: number;
  /** True when somebody asked for it now, whenever it is due. */
  readonly woken?: boolean;
  /** True when somebody asked for it by Temporal's own means, of which the database does not know yet. */
  readonly byHand?: boolean;
  /** True when its wait was cut short only to look again when it is due. */
  readonly refreshed?: boolean;
  /** The run in Temporal that asks, when that came about by the reset of another one. */
  readonly resetRunId?: string;
  /** True when a call that died may have sent this attempt before it was put off. */
  readonly interrupted?: boolean;
}

/** An attempt that is on record. */
export interface AttemptedReport {
  readonly kind: 'attempted';
  /** The attempt this speaks of: the last one on record. */
  readonly attempt: number;
  readonly verdict: Verdict;
  readonly outcome: Outcome;
  readonly status: number | null;
  readonly schedule: readonly number[];
  readonly retryAfterMs: number | null;
  /** Milliseconds until the next attempt is due; null when none follows. Histories from before hold null for some that do. */
  readonly dueInMs: number | null;
  /** True when what follows is kept back because the hook is not active. */
  readonly held: boolean;
  /** Attempts made before the schedule began anew, where there are any. */
  readonly attemptsBefore?: number;
  /** True when the attempt was on record already. */
  readonly recorded?: boolean;
  readonly answeredIn?: AnsweredIn;
  /** True when its time is over before its next attempt would come: after the wait it expires. */
  readonly expires?: boolean;
}

/** The run in Temporal in which it was told that a delivery is exhausted: another one was reset since, and may ask again. */
export type AnsweredIn = string;

/** Why an attempt is put off: a limit of its hook, a receiver that keeps many waiting, or somebody's word. */
export type Throttle =
  | { readonly kind: 'rate'; readonly perSecond: number }
  | { readonly kind: 'in_flight'; readonly most: number }
  | { readonly kind: 'slow' }
  | { readonly kind: 'put_off' };

/** An attempt that was not made yet: it has its turn later. */
export interface ThrottledReport {
  readonly kind: 'throttled';
  readonly dueInMs: number;
  readonly throttle: Throttle;
  /** True when a call that died may have sent it. */
  readonly interrupted?: boolean;
}

/** What the workflow is told. */
export type AttemptReport =
  | AttemptedReport
  | ThrottledReport
  | { readonly kind: 'held'; readonly expiresInMs: number }
  /** Another delivery of its line comes first. */
  | { readonly kind: 'blocked'; readonly againInMs: number }
  | { readonly kind: 'settled'; readonly state: SettledState; readonly answeredIn?: AnsweredIn };

/** Which group, and whether its receivers are known to be slow. */
export interface GroupInput {
  readonly groupId: string;
  readonly slow: boolean;
}

/** How far the draining of a hook has come. */
export interface DrainReport {
  /** Deliveries that went out since it began. */
  readonly drained: number;
  /** Those that are still held. */
  readonly remaining: number;
  /** True when nothing is held any more. */
  readonly finished: boolean;
}

/** How a replay stands. */
export interface ReplayReport {
  readonly state: 'counting' | 'running' | 'paused' | 'done' | 'cancelled' | 'failed';
  readonly matched: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
}

/** How a group has fared. */
export interface GroupReport {
  /** Deliveries that it found to be its own. */
  readonly carried: number;
  readonly delivered: number;
  /** Those that go on in workflows of their own. */
  readonly left: number;
  /** Those that wait again, to be started later. */
  readonly givenBack: number;
}
