/**
 * Knows which hooks' receivers are keeping this process waiting at the moment, long before a timeout tells.
 * Forgets a hook as soon as nothing of it is under way.
 */

/** Milliseconds without a reply after which a receiver is keeping us waiting. */
const patienceMs = 2000;

/** The pace of the receivers. */
export interface ReceiverPace {
  /** Runs a request to a hook's receiver under the clock. */
  readonly time: <Reply>(hookId: string, request: () => Promise<Reply>) => Promise<Reply>;
  /** Requests to a hook's receiver that are under way. */
  readonly underWay: (hookId: string) => number;
  /** True while a hook's receiver has owed us a reply for longer than is quick. */
  readonly isSlow: (hookId: string) => boolean;
  /** Requests under way to all receivers that are slow. */
  readonly underWayToSlow: () => number;
}

/** Makes the clock of a process. */
export function createReceiverPace(): ReceiverPace {
  /** The moments at which requests were begun, by hook, oldest first. */
  const begun = new Map<string, Set<{ readonly atMs: number }>>();
  const isSlow = (hookId: string): boolean => {
    const [oldest] = begun.get(hookId) ?? [];
    return oldest !== undefined && performance.now() - oldest.atMs > patienceMs;
  };
  return {
    time: async (hookId, request) => {
      const requests = begun.get(hookId) ?? new Set();
      begun.set(hookId, requests);
      const own = { atMs: performance.now() };
      requests.add(own);
      try {
        return await request();
      } finally {
        requests.delete(own);
        if (requests.size === 0) begun.delete(hookId);
      }
    },
    underWay: (hookId) => begun.get(hookId)?.size ?? 0,
    isSlow,
    underWayToSlow: () => {
      let sum = 0;
      for (const [hookId, { size }] of begun) if (isSlow(hookId)) sum += size;
      return sum;
    },
  };
}
