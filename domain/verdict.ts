/**
 * What an attempt's outcome means for its delivery.
 * A table of rules; never looks at how often it was tried, which is the schedule's matter.
 */
import type { Outcome } from './outcomes.ts';

/**
 * `delivered`: done. `retry`: the schedule decides. `refused`: this delivery was refused for good. `gone`: the receiver
 * said for good that it wants no more of any.
 */
export type Verdict = 'delivered' | 'retry' | 'refused' | 'gone';

/** Judges an attempt. An HTTP status 410 means that the receiver is gone; every other failure of HTTP may pass. */
export function judgeAttempt(outcome: Outcome, status: number | null): Verdict {
  if (outcome === 'delivered') return 'delivered';
  if (outcome === 'http_4xx' && status === 410) return 'gone';
  if (outcome === 'smtp_5xx' || outcome === 'irc_refused') return 'refused';
  return 'retry';
}

/** True for the replies whose Retry-After header is heeded. */
export function heedsRetryAfter(status: number | null): boolean {
  return status === 429 || status === 503;
}
