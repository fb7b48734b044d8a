/**
 * Counts what this process has begun and not seen the end of, so that no more is begun than can be carried.
 * What never tells of its end is forgotten after a while: it may have ended in another process.
 */

/** A lane of bounded width. */
export interface Lane {
  readonly enter: (id: string) => void;
  /** Told of an end; ids it does not know are none of its own. */
  readonly leave: (id: string) => void;
  readonly has: (id: string) => boolean;
  /** How many more may be begun. */
  readonly room: () => number;
}

/** How wide a lane is, and what is told of it. */
export interface LaneOptions {
  readonly width: number;
  /** Milliseconds after which something is forgotten. */
  readonly forgetMs: number;
  /** Told when there is room again. */
  readonly onRoom: () => void;
}

/** Makes a lane. */
export function createLane({ width, forgetMs, onRoom }: LaneOptions): Lane {
  const entered = new Map<string, NodeJS.Timeout>();
  const leave = (id: string): void => {
    const timer = entered.get(id);
    if (timer === undefined) return;
    clearTimeout(timer);
    entered.delete(id);
    onRoom();
  };
  return {
    enter: (id) => {
      entered.set(id, setTimeout(leave, forgetMs, id).unref());
    },
    leave,
    has: (id) => entered.has(id),
    room: () => Math.max(0, width - entered.size),
  };
}
