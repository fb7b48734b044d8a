/**
 * Starts deliveries' workflows at once after their commit, beside the request that made them.
 * Holds a bounded number in memory and loses nothing by forgetting the rest: the sweeper finds them in the database.
 */
import pLimit from 'p-limit';
import { startLimits } from '#domain/limits.ts';
import { noteStarted, type StartableDelivery } from '#db/queries/start-deliveries.ts';
import type { Executor } from '#db/query.ts';
import type { Dispatcher } from './dispatcher.ts';

/** Starts deliveries in the background. */
export interface StartQueue {
  /** Takes deliveries to start soon. Never throws; what cannot be started now is left to the sweeper. */
  readonly add: (deliveries: readonly StartableDelivery[]) => void;
  /** Begins no further start and resolves when those under way have ended; the sweeper finds the rest. */
  readonly stop: () => Promise<void>;
}

/** Where failures to start are told. */
export interface StartLog {
  readonly warn: (fields: object, message: string) => void;
}

/** Milliseconds for which started ids are collected before one statement notes them. */
const noteAfterMs = 20;

/** Milliseconds for which nothing is tried after Temporal could not be reached. */
const pauseAfterFailureMs = 2000;

/** Makes the start queue of a process. */
export function createStartQueue(dispatcher: Dispatcher, database: Executor, log: StartLog): StartQueue {
  const limit = pLimit(startLimits.concurrency);
  const underWay = new Set<Promise<void>>();
  let started: string[] = [];
  let note: Promise<void> | undefined;
  let pausedUntil = 0;
  let stopped = false;

  const track = (work: Promise<void>): void => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };

  const noteSoon = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, noteAfterMs));
    const ids = started;
    started = [];
    note = undefined;
    try {
      await noteStarted(database, ids);
    } catch (error) {
      log.warn({ err: error, count: ids.length }, 'dispatch.note_failed');
    }
  };

  const startOne = async (delivery: StartableDelivery): Promise<void> => {
    if (stopped || Date.now() < pausedUntil) return;
    try {
      await dispatcher.start(delivery);
    } catch (error) {
      if (Date.now() >= pausedUntil) log.warn({ err: error }, 'dispatch.start_failed');
      pausedUntil = Date.now() + pauseAfterFailureMs;
      return;
    }
    started.push(delivery.id);
    if (note === undefined) {
      note = noteSoon();
      track(note);
    }
  };

  return {
    add: (deliveries) => {
      for (const delivery of deliveries.slice(0, Math.max(0, startLimits.queue - limit.pendingCount))) {
        track(limit(startOne, delivery));
      }
    },
    stop: async () => {
      stopped = true;
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
