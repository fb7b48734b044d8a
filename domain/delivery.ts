/**
 * The states of a delivery and what follows an attempt.
 * The workflow asks it how long to sleep, the record of the attempt asks it for the state to write: one rule for both.
 */
import { assertNever } from './assert-never.ts';
import { waitAfterAttempt } from './schedule.ts';
import type { Verdict } from './verdict.ts';

/** Every state a delivery can be in, in the order of its life. */
export const deliveryStates = [
  'pending',
  'attempting',
  'waiting',
  'held',
  'delivered',
  'exhausted',
  'rejected',
  'cancelled',
  'expired',
] as const;

/** The state of a delivery. */
export type DeliveryState = (typeof deliveryStates)[number];

/** The states in which a delivery ends. */
export const settledStates = ['delivered', 'exhausted', 'rejected', 'cancelled', 'expired'] as const;

/** A state in which a delivery has ended. */
export type SettledState = (typeof settledStates)[number];

/** True when nothing more will happen to a delivery in this state. */
export function isSettled(state: DeliveryState): state is SettledState {
  return (settledStates as readonly DeliveryState[]).includes(state);
}

/** What follows an attempt: it is over, or the next attempt comes after a wait. */
export type NextStep =
  | { readonly kind: 'settle'; readonly state: 'delivered' | 'exhausted' | 'rejected' }
  | { readonly kind: 'wait'; readonly waitMs: number };

/** What an attempt that ended tells about the future. */
export interface JudgedAttempt {
  readonly verdict: Verdict;
  /** The attempt's number, from 1. */
  readonly attempt: number;
  /** The hook's delays in seconds. */
  readonly schedule: readonly number[];
  /** What the receiver asked for by Retry-After, or null. */
  readonly retryAfterMs: number | null;
  /** From 0 to 1, for waits that are not exact; in the middle of their span when it is not given. */
  readonly chance?: number;
  /** Attempts made before the schedule began anew; none unless told otherwise. */
  readonly attemptsBefore?: number;
}

/** Decides what follows an attempt. */
export function stepAfter(judged: JudgedAttempt): NextStep {
  const { verdict, attempt, schedule, retryAfterMs, chance, attemptsBefore = 0 } = judged;
  switch (verdict) {
    case 'delivered':
      return { kind: 'settle', state: 'delivered' };
    case 'refused':
    case 'gone':
      return { kind: 'settle', state: 'rejected' };
    case 'retry': {
      const waitMs = waitAfterAttempt(schedule, attempt - attemptsBefore, retryAfterMs, chance);
      return waitMs === undefined ? { kind: 'settle', state: 'exhausted' } : { kind: 'wait', waitMs };
    }
    default:
      return assertNever(verdict);
  }
}
