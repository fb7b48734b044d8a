/** A number of places, and a line of those who wait for one, first come first served. */
import { ReceiverFailure } from '../failures.ts';
import { waitInLine } from '../wait-in-line.ts';

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
    if (taken >= count) return waitForPlace(line, signal);
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
async function waitForPlace(line: Set<() => void>, signal: AbortSignal): Promise<void> {
  const join = (enter: (granted: void) => void): (() => void) => {
    line.add(enter);
    return () => line.delete(enter);
  };
  try {
    await waitInLine(join, undefined, signal);
  } catch (reason) {
    const timedOut = reason instanceof ReceiverFailure;
    throw timedOut ? new ReceiverFailure('timeout', 'no connection became free') : reason;
  }
}
