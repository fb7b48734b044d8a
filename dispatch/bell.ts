/** Wakes a loop that waits for something to do. A ring that nobody waits for is kept for the next who does. */

/** A bell. */
export interface Bell {
  readonly ring: () => void;
  /** Resolves when it has rung since it was last heard, and at the latest after so many milliseconds. */
  readonly heard: (longestMs: number) => Promise<void>;
}

/** Makes a bell. */
export function createBell(): Bell {
  let rung = Promise.withResolvers<void>();
  return {
    ring: () => rung.resolve(),
    heard: async (longestMs) => {
      const timer = setTimeout(() => rung.resolve(), longestMs);
      await rung.promise;
      clearTimeout(timer);
      rung = Promise.withResolvers<void>();
    },
  };
}
