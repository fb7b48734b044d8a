/**
 * Takes what waits to be started: the oldest as long as all that wait are taken, and of each repository its share when
 * more do. Remembers where it stands on its rounds; decides neither how much nor for what.
 */
import { takeWaiting, type Taken, type TakeOptions } from '#db/queries/start-deliveries.ts';
import { takeFairly, type HookPlace } from '#db/queries/take-fairly.ts';
import type { Executor } from '#db/query.ts';

/** How much is to be taken. */
export interface Taking extends Omit<TakeOptions, 'sinceMs'> {
  /** Given, only what is not of these hooks, each hook's share. */
  readonly beside: readonly string[] | undefined;
}

/** Takes. */
export type Taker = (taking: Taking) => Promise<Taken>;

/** Milliseconds: what was accepted longer ago, such as what was held, is looked for only at every such interval. */
const recentMs = 60 * 60 * 1000;
const lookBackEveryMs = 1000;

/** Makes a taker. */
export function createTaker(database: Executor): Taker {
  let lookedBackMs = 0;
  let crowded = false;
  let after: HookPlace | undefined;

  /** Since when what waits is looked for this time. */
  const since = (): number => {
    const now = Date.now();
    if (now - lookedBackMs < lookBackEveryMs) return now - recentMs;
    lookedBackMs = now;
    return 0;
  };

  return async (taking) => {
    const options = { ...taking, sinceMs: since() };
    const { beside, room, group } = taking;
    if (beside === undefined && !crowded) {
      const taken = await takeWaiting(database, options);
      crowded = isFull(taken, taken.grouped ? group.size : room);
      return taken;
    }
    const taken = await takeFairly(database, { ...options, after });
    ({ after } = taken);
    if (beside === undefined) crowded = isFull(taken, taken.grouped ? group.size : room);
    return taken;
  };
}

function isFull({ deliveries }: Taken, most: number): boolean {
  return deliveries.length > 0 && deliveries.length === most;
}
