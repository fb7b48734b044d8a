/**
 * Tells whether a lane has been too narrow for a while: each look at what waits has filled it. Few that wait long cost
 * more in workflows of their own than the lane can carry, and share one all the better.
 */

/** The shortage. */
export interface Shortage {
  readonly isOn: () => boolean;
  /** Told of each look at what waits: how many were taken into the lane, and for how many it had room. */
  readonly note: (taken: number, room: number) => void;
}

const lastsMs = 1000;

/**
 * Makes it.
 *
 * @param clock milliseconds, of any epoch
 */
export function createShortage(clock: () => number = Date.now): Shortage {
  let since: number | undefined;
  return {
    isOn: () => since !== undefined && clock() - since >= lastsMs,
    note: (taken, room) => {
      // A full lane says nothing of how many wait behind it.
      if (room === 0) return;
      since = taken === room ? (since ?? clock()) : undefined;
    },
  };
}
