/** Work that nobody waits for: it may fail without harm, but must have ended before the process closes what it uses. */

/** The work of a process beside everything else. */
export interface Beside {
  readonly run: (work: () => Promise<unknown>) => void;
  /** Resolves when all of it has ended. */
  readonly end: () => Promise<void>;
}

/** Makes it, with nothing under way. */
export function createBeside(): Beside {
  const underWay = new Set<Promise<void>>();
  return {
    run: (work) => {
      const working = work()
        .catch(() => undefined)
        .then(() => void underWay.delete(working));
      underWay.add(working);
    },
    end: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
