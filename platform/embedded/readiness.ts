/** Waits until a server that is starting answers, and never longer than it was told. */
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 250;

/** One try to reach a server: resolves when it answers, rejects when it does not, ends when the signal says. */
export type Probe = (signal: AbortSignal) => Promise<void>;

/** Resolves with undefined once the probe succeeds, with its last failure at the deadline or the abort. */
export async function waitUntilReady(
  probe: Probe,
  timeoutMs: number,
  aborted: AbortSignal,
): Promise<Error | undefined> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  const signal = AbortSignal.any([timeout.signal, aborted]);
  let failure = new Error('the server was never asked');
  try {
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
      try {
        await endWith(probe(signal), signal);
        return undefined;
      } catch (error) {
        // Once aborted, the abort would hide what the server said before.
        if (!signal.aborted || failure.message === 'the server was never asked') failure = error as Error;
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
    return failure;
  } finally {
    clearTimeout(timer);
  }
}

/** The promise's result, or the signal's reason when that comes first: a probe may not heed its signal. */
async function endWith(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const abort = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([work, abort]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
