/**
 * Repeats a write that must not be lost until the database takes it: what a receiver answered cannot be asked again.
 * Gives up after a deadline or when the worker stops; the attempt is then made again and marked as interrupted.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** How a write is repeated. */
export interface PersistOptions {
  readonly signal: AbortSignal;
  readonly log: { readonly warn: (fields: object, message: string) => void };
  /** Milliseconds for which it is tried. */
  readonly deadlineMs?: number;
}

const firstPauseMs = 100;
const longestPauseMs = 5000;

/** Runs an idempotent write until it succeeds; throws its last error when the deadline has passed. */
export async function persist<Result>(
  write: () => Promise<Result>,
  options: PersistOptions,
): Promise<Result> {
  const { signal, log, deadlineMs = 90_000 } = options;
  const deadline = Date.now() + deadlineMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await write();
    } catch (error) {
      if (signal.aborted || Date.now() + pauseMs > deadline) throw error;
      log.warn({ err: error, pauseMs }, 'attempt.record_delayed');
      await delay(pauseMs, undefined, { signal });
    }
  }
}
