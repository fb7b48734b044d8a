/** The messages that a transport has under way, so that it can end in order. Sends nothing itself. */

/** What is under way. */
export interface Sends<Reply> {
  /** Begins one more and gives its reply. Throws once the transport is closed. */
  readonly begin: (send: () => Promise<Reply>) => Promise<Reply>;
  /** Lets no more begin, and resolves when the last has ended, however it ended. */
  readonly end: () => Promise<void>;
}

/**
 * Makes it, with nothing under way.
 *
 * @param transport what to call it when somebody sends over it though it is closed
 */
export function createSends<Reply>(transport: string): Sends<Reply> {
  const underWay = new Set<Promise<Reply>>();
  let closed = false;
  return {
    begin: async (send) => {
      if (closed) throw new Error(`The ${transport} transport is closed`);
      const sending = send();
      underWay.add(sending);
      try {
        return await sending;
      } finally {
        underWay.delete(sending);
      }
    },
    end: async () => {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}
