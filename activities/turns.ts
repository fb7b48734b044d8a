/** Hands out turns at a pace: so many a second, counted from a moment in the past. Never in a burst, however late it is. */
import { setTimeout as delay } from 'node:timers/promises';
import { drainLimits } from '#domain/limits.ts';

/** Where the pace begins. */
export interface Pace {
  readonly ratePerSecond: number;
  /** Milliseconds since the epoch, and the turns taken since. */
  readonly sinceMs: number;
  readonly taken: number;
}

/** The turns. */
export interface Turns {
  /** Resolves when it is the next one's turn. Throws the signal's reason when it aborts first. */
  readonly next: (signal: AbortSignal) => Promise<void>;
  /** Turns taken in all. */
  readonly taken: () => number;
}

/**
 * Makes the turns. What is behind makes up for it a little faster than it was asked to go, as a call that was interrupted
 * has to; nobody who asked for ten a second shall see twenty.
 *
 * @param clock milliseconds since the epoch
 */
export function createTurns(
  { ratePerSecond, sinceMs, taken: before }: Pace,
  clock: () => number = Date.now,
): Turns {
  const stepMs = 1000 / ratePerSecond;
  let taken = before;
  let soonestMs = 0;
  return {
    next: async (signal) => {
      const dueMs = Math.max(sinceMs + taken * stepMs, soonestMs);
      const waitMs = dueMs - clock();
      if (waitMs > 0) await delay(waitMs, undefined, { signal });
      signal.throwIfAborted();
      soonestMs = Math.max(dueMs, clock() - stepMs) + stepMs / drainLimits.catchUp;
      taken += 1;
    },
    taken: () => taken,
  };
}
