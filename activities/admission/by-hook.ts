/** What a process keeps of hooks, each for as long as something of it is under way. */

/** Things by the id of their hook. */
export interface ByHook<Thing> {
  /** The hook's, made if need be. */
  readonly of: (hookId: string) => Thing;
  /** How many wait on the spot, of all hooks. */
  readonly waiting: () => number;
}

/**
 * Makes an empty one.
 *
 * @param make makes the thing of a hook, which tells when it is of no use any more
 */
export function createByHook<Thing extends { readonly waiting: number }>(
  make: (hookId: string, onUnused: () => void) => Thing,
): ByHook<Thing> {
  const things = new Map<string, Thing>();
  return {
    of: (hookId) => {
      const found = things.get(hookId);
      if (found !== undefined) return found;
      const made = make(hookId, () => {
        if (things.get(hookId) === made) things.delete(hookId);
      });
      things.set(hookId, made);
      return made;
    },
    waiting: () => {
      let sum = 0;
      for (const { waiting } of things.values()) sum += waiting;
      return sum;
    },
  };
}
