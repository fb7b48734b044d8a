/** One deadline for everything that an attempt waits for, as a signal. */
import { ReceiverFailure } from '../failures.ts';

/** A running deadline; `end` it when the attempt has ended. */
export interface Deadline {
  /** Aborted with a `timeout` failure when time is up, or with the outer signal's reason. */
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/** Starts a deadline, which an outer signal can bring forward. */
export function startDeadline(timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  // When the loop was busy the reply may be waiting unread: sockets are looked at once more before giving up.
  const expire = (): void => void setImmediate(() => controller.abort(new ReceiverFailure('timeout')));
  const timer = setTimeout(expire, timeoutMs);
  const stop = (): void => controller.abort(outer?.reason);
  outer?.addEventListener('abort', stop, { once: true });
  if (outer?.aborted === true) stop();
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', stop);
    },
  };
}

/** Why something ended that failed with this error: what the signal cut short may say so in other words. */
export function endedBy(signal: AbortSignal, error: unknown): unknown {
  if (!signal.aborted) return error;
  const tellsMore = error instanceof ReceiverFailure && error.outcome === 'timeout';
  return tellsMore && signal.reason instanceof ReceiverFailure ? error : signal.reason;
}
