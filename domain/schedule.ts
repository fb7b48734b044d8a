/**
 * The delays between attempts: the default list, and how long to wait after a given attempt.
 * Pure arithmetic; never knows the time, and is given chance as a number.
 */
import { attemptLimits } from './limits.ts';

/** Seconds to wait before each retry when the hook says nothing else: 1 min, 5 min, 30 min, 2 h, 6 h. */
export const defaultSchedule: readonly number[] = [60, 300, 1800, 7200, 21_600];

/** The share by which a delay that an owner set is shortened or lengthened, so that what failed together does not come together. */
export const jitterShare = 0.1;

/** The middle of chance, which leaves every delay as it is. */
const noChance = 0.5;

/** True when two hooks' lists mean the same; a hook without one has the default. */
export function isSameSchedule(
  one: readonly number[] | null | undefined,
  other: readonly number[] | null | undefined,
): boolean {
  const delays = other ?? defaultSchedule;
  const own = one ?? defaultSchedule;
  return own.length === delays.length && own.every((seconds, index) => seconds === delays[index]);
}

/** True for the default list, whose delays are promised exactly. */
export function isDefaultSchedule(schedule: readonly number[]): boolean {
  return isSameSchedule(schedule, defaultSchedule);
}

/**
 * Milliseconds to wait after a failed attempt, or undefined when the schedule is used up.
 * A receiver's Retry-After can only lengthen the wait, and only up to its cap.
 *
 * @param schedule delays in seconds, the first one after attempt 1
 * @param attempt the attempt that failed, counted from 1
 * @param retryAfterMs what the receiver asked for, or null
 * @param chance from 0 to 1: where in its span a delay falls that is not exact
 */
export function waitAfterAttempt(
  schedule: readonly number[],
  attempt: number,
  retryAfterMs: number | null,
  chance = noChance,
): number | undefined {
  const seconds = schedule[attempt - 1];
  if (seconds === undefined) return undefined;
  const share = isDefaultSchedule(schedule) ? 0 : (2 * chance - 1) * jitterShare;
  const delayMs = Math.round(seconds * 1000 * (1 + share));
  return Math.max(delayMs, Math.min(retryAfterMs ?? 0, attemptLimits.retryAfterMs));
}

/** True when after this attempt, counted from 1, at least half of a schedule's delays, rounded up, have begun. */
export function isHalfUsed(schedule: readonly number[], attempt: number): boolean {
  return attempt >= Math.ceil(schedule.length / 2);
}
