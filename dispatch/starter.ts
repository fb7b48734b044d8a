/**
 * Starts what was taken, in the background. Never gives back what it failed to start: a call whose answer was lost may
 * have started it, and whoever took it then would send it a second time. It starts the same again instead, which is
 * harmless, and takes nothing else meanwhile: Temporal is away, and what waits is safe where it is.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { StartableDelivery } from '#db/queries/start-deliveries.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Lane } from './lane.ts';

/** What starting needs. */
export interface StarterOptions {
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
  /** Starts nothing again and resolves when every call under way has ended; the sweeper finds what was not started. */
  readonly stop: () => Promise<void>;
}

const pauseMs = 2000;

/** Milliseconds for which the end of a group is waited for. */
const groupEndMs = 60_000;

/** Times that the start of a delivery by itself is tried before it is left to the sweeper: it may be at fault itself. */
const ownTries = 3;

/** Makes a starter. */
export function createStarter(options: StarterOptions, { own, groups }: Lanes): Starter {
  const { dispatcher, log, recover } = options;
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let failing = 0;
  let pausedUntil = 0;
  const isPaused = (): boolean => failing > 0 || Date.now() < pausedUntil;
  const pause = (): void => {
    pausedUntil = Date.now() + pauseMs;
  };

  const begin = (start: () => Promise<void>): void => {
    const work = start().finally(() => underWay.delete(work));
    underWay.add(work);
  };

  /** Starts until it has gone well, often enough, or it is stopped; answers whether it has gone well. */
  const insist = async (start: () => Promise<void>, count: number, tries: number): Promise<boolean> => {
    let tried = 0;
    try {
      for (;;) {
        try {
          await start();
          return true;
        } catch (error) {
          if (!isPaused()) log.warn({ err: error, count }, 'dispatch.start_failed');
          tried += 1;
          if (tried === 1) failing += 1;
          pause();
        }
        await recover().catch(() => undefined);
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
        if (tried >= tries || signal.aborted) return false;
      }
    } finally {
      if (tried > 0) failing -= 1;
    }
  };

  return {
    startOwn: (delivery) => {
      own.enter(delivery.id);
      begin(async () => {
        if (!(await insist(() => dispatcher.start(delivery), 1, ownTries))) own.leave(delivery.id);
      });
    },
    startGroup: (groupId, slow, { length: size }) => {
      groups.enter(groupId);
      begin(async () => {
        const isStarted = await insist(
          () => dispatcher.groups.start({ groupId, slow, size }),
          size,
          Number.POSITIVE_INFINITY,
        );
        if (isStarted) await dispatcher.groups.untilEnded(groupId, groupEndMs, signal);
        groups.leave(groupId);
      });
    },
    pause,
    isPaused,
    stop: async () => {
      stopping.abort();
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
