/**
 * Starts what was taken, in the background, and gives back what could not be started. After a failure it pauses: Temporal
 * is away, and what waits is safe where it is.
 */
import { giveBack, type StartableDelivery } from '#db/queries/start-deliveries.ts';
import type { Executor } from '#db/query.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Lane } from './lane.ts';

/** What starting needs. */
export interface StarterOptions {
  readonly database: Executor;
  readonly dispatcher: Dispatcher;
  readonly log: { readonly warn: (fields: object, message: string) => void };
  /** Run after a start that failed: what must exist in Temporal may be missing after it was emptied. */
  readonly recover: () => Promise<void>;
}

/** What is started is in its lane until its end is told. */
export interface Lanes {
  readonly own: Lane;
  readonly groups: Lane;
}

/** Starts. */
export interface Starter {
  readonly startOwn: (delivery: StartableDelivery) => void;
  readonly startGroup: (groupId: string, slow: boolean, deliveries: readonly StartableDelivery[]) => void;
  /** Something went wrong: nothing is to be taken for a while. */
  readonly pause: () => void;
  readonly isPaused: () => boolean;
  /** Resolves when every start under way has ended. */
  readonly settled: () => Promise<void>;
}

const pauseMs = 2000;

/** Milliseconds for which the end of a group is waited for. */
const groupEndMs = 60_000;

/** Makes a starter. */
export function createStarter(options: StarterOptions, { own, groups }: Lanes): Starter {
  const { database, dispatcher, log, recover } = options;
  const underWay = new Set<Promise<void>>();
  let pausedUntil = 0;
  const isPaused = (): boolean => Date.now() < pausedUntil;
  const pause = (): void => {
    pausedUntil = Date.now() + pauseMs;
  };

  const takeBack = async (error: unknown, ids: readonly string[]): Promise<void> => {
    if (!isPaused()) log.warn({ err: error, count: ids.length }, 'dispatch.start_failed');
    pause();
    try {
      await giveBack(database, ids);
      await recover();
    } catch (again) {
      // The sweeper finds them.
      log.warn({ err: again, count: ids.length }, 'dispatch.give_back_failed');
    }
  };

  const begin = (start: () => Promise<void>): void => {
    const work = start().finally(() => underWay.delete(work));
    underWay.add(work);
  };

  return {
    startOwn: (delivery) => {
      own.enter(delivery.id);
      begin(async () => {
        try {
          await dispatcher.start(delivery);
        } catch (error) {
          own.leave(delivery.id);
          await takeBack(error, [delivery.id]);
        }
      });
    },
    startGroup: (groupId, slow, deliveries) => {
      groups.enter(groupId);
      begin(async () => {
        try {
          await dispatcher.groups.start({ groupId, slow, size: deliveries.length });
          void dispatcher.groups.untilEnded(groupId, groupEndMs).finally(() => groups.leave(groupId));
        } catch (error) {
          groups.leave(groupId);
          await takeBack(
            error,
            deliveries.map(({ id }) => id),
          );
        }
      });
    },
    pause,
    isPaused,
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
