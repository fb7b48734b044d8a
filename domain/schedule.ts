/**
 * The delays between attempts: the default list, and how long to wait after a given attempt.
 * Pure arithmetic; never knows the time.
 */
import { attemptLimits } from './limits.ts';

/** Seconds to wait before each retry when the hook says nothing else: 1 min, 5 min, 30 min, 2 h, 6 h. */
export const defaultSchedule: readonly number[] = [60, 300, 1800, 7200, 21_600];

/**
 * Milliseconds to wait after a failed attempt, or undefined when the schedule is used up.
 * A receiver's Retry-After can only lengthen the wait, and only up to its cap.
 *
 * @param schedule delays in seconds, the first one after attempt 1
 * @param attempt the attempt that failed, counted from 1
 * @param retryAfterMs what the receiver asked for, or null
 */
export function waitAfterAttempt(
  schedule: readonly number[],
  attempt: number,
  retryAfterMs: number | null,
): number | undefined {
  const seconds = schedule[attempt - 1];
  if (seconds === undefined) return undefined;
  return Math.max(seconds * 1000, Math.min(retryAfterMs ?? 0, attemptLimits.retryAfterMs));
}

/** True when after this attempt, counted from 1, at least half of a schedule's delays, rounded up, have begun. */
export function isHalfUsed(schedule: readonly number[], attempt: number): boolean {
  return attempt >= Math.ceil(schedule.length / 2);
}
