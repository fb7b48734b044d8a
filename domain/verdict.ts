/**
 * What an attempt's outcome means for its delivery.
 * A table of rules; never looks at how often it was tried, which is the schedule's matter.
 */
import type { Outcome } from './outcomes.ts';

/** `delivered`: done. `retry`: the schedule decides. `gone`: the receiver said for good that it wants no more. */
export type Verdict = 'delivered' | 'retry' | 'gone';

/** Judges an attempt. Status 410 means that the receiver is gone; every other failure may pass. */
export function judgeAttempt(outcome: Outcome, status: number | null): Verdict {
  if (outcome === 'delivered') return 'delivered';
  if (status === 410) return 'gone';
  return 'retry';
}

/** True for the replies whose Retry-After header is heeded. */
export function heedsRetryAfter(status: number | null): boolean {
  return status === 429 || status === 503;
}
