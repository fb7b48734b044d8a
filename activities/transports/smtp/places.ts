/** A number of places, and a line of those who wait for one, first come first served. */
import { ReceiverFailure } from '../failures.ts';

/** Places to be taken and given back. */
export interface Places {
  /** Waits for a place, until the signal says otherwise. */
  readonly take: (signal: AbortSignal) => Promise<void>;
  /** Gives one back, to the next in line. */
  readonly giveBack: () => void;
  readonly taken: () => number;
}

/** Makes so many places, all of them free. */
export function createPlaces(count: number): Places {
  const line = new Set<() => void>();
  let taken = 0;

  function take(signal: AbortSignal): Promise<void> {
    if (taken >= count) return waitInLine(line, signal);
    taken += 1;
    return Promise.resolve();
  }

  function giveBack(): void {
    const [next] = line;
    if (next === undefined) taken -= 1;
    else next();
  }

  return { take, giveBack, taken: () => taken };
}

/** Waits for a place; leaves the line when the signal says so. */
function waitInLine(line: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      line.delete(enter);
      signal.removeEventListener('abort', abort);
    };
    const enter = (): void => {
      leave();
      resolve();
    };
    const abort = (): void => {
      leave();
      const timedOut = signal.reason instanceof ReceiverFailure;
      reject(timedOut ? new ReceiverFailure('timeout', 'no connection became free') : signal.reason);
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    line.add(enter);
  });
}
