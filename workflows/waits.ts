/** The waits of a delivery: how long, and the words that the Temporal UI shows beside the timer. Never waits itself. */
import type {
  AttemptedReport,
  AttemptReport,
  Throttle,
  ThrottledReport,
} from '#activities/attempt-report.ts';
import { assertNever } from '#domain/assert-never.ts';
import type { DeliveryState } from '#domain/delivery.ts';
import { durationText } from '#domain/duration-text.ts';
import { outcomeWords } from './outcome-words.ts';

/** A wait and its words. */
export interface Wait {
  readonly state: DeliveryState;
  readonly waitMs: number;
  /** Beside the timer in the Temporal UI. */
  readonly summary: string;
  /** Why it waits, in a sentence. */
  readonly reason: string;
}

/** The wait of a delivery that is kept back. */
export function holdOf({ expiresInMs }: Extract<AttemptReport, { kind: 'held' }>): Wait {
  const expiry = durationText(expiresInMs);
  return {
    state: 'held',
    waitMs: expiresInMs,
    summary: `held, expires in ${expiry}`,
    reason: `Held because its hook is paused or not active; it expires in ${expiry} unless it goes out before.`,
  };
}

/** The wait of an attempt that was not made yet: others go before it, or it has its turn later. */
export function putOffOf(report: ThrottledReport | BlockedReport): Wait {
  return report.kind === 'blocked' ? turnOf(report) : throttledOf(report);
}

type BlockedReport = Extract<AttemptReport, { kind: 'blocked' }>;

function turnOf({ againInMs }: BlockedReport): Wait {
  return {
    state: 'waiting',
    waitMs: againInMs,
    summary: `waits for its turn, looks again in ${durationText(againInMs)}`,
    reason: 'Another delivery with the same order key comes first.',
  };
}

/**
 * The wait after an attempt that failed: for the next one, or for the end of its time when that comes first.
 *
 * @param waitMs milliseconds to wait; from now where the attempt was on record already, from the attempt otherwise
 * @param sinceMs milliseconds since the workflow was given the report: a wait that is over by then is not begun
 */
export function retryOf(report: AttemptedReport, waitMs: number, sinceMs: number): Wait {
  const retries = Math.max(report.attempt, (report.attemptsBefore ?? 0) + report.schedule.length);
  const place = `${report.attempt} of ${retries}`;
  const duration = durationText(waitMs);
  const time = report.recorded ? `in ${duration}` : `${duration} after it`;
  const ended = `Attempt ${report.attempt} ${outcomeWords(report.outcome, report.status)}.`;
  return {
    state: 'waiting',
    waitMs: sinceMs < waitMs ? waitMs : 0,
    ...(report.expires === true
      ? {
          summary: `expires in ${duration}`,
          reason: `${ended} It expires ${time}, before its next attempt would come.`,
        }
      : { summary: `retry ${place} in ${duration}`, reason: `${ended} Retry ${place} comes ${time}.` }),
  };
}

function throttledOf({ dueInMs, throttle }: ThrottledReport): Wait {
  const wait = durationText(dueInMs);
  const { summary, reason } = wordsOf(throttle);
  return {
    state: 'waiting',
    waitMs: dueInMs,
    summary: `${summary}, attempt in ${wait}`,
    reason: `${reason}; its turn comes in ${wait}.`,
  };
}

function wordsOf(throttle: Throttle): { readonly summary: string; readonly reason: string } {
  switch (throttle.kind) {
    case 'rate':
      return {
        summary: `slowed down to ${throttle.perSecond} a second`,
        reason: `Its hook takes at most ${throttle.perSecond} requests a second`,
      };
    case 'in_flight':
      return {
        summary: `at most ${throttle.most} at once`,
        reason: `Its hook takes at most ${throttle.most} requests at once`,
      };
    case 'slow':
      return { summary: 'receiver is slow', reason: 'Its receiver keeps many others waiting' };
    case 'put_off':
      return { summary: 'put off', reason: 'Its attempt was moved to later' };
    default:
      return assertNever(throttle);
  }
}

/** The wait of an attempt that somebody has moved to a time, ISO 8601. */
export function postponedOf(until: string, nowMs: number): Wait {
  const waitMs = Math.max(0, Date.parse(until) - nowMs);
  return {
    state: 'waiting',
    waitMs,
    summary: `postponed, attempt in ${durationText(waitMs)}`,
    reason: `Its next attempt was moved to ${until} by hand.`,
  };
}
