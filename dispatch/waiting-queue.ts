/**
 * Takes what waits to be started, as fast as it can be carried: each delivery for a workflow of its own while the worker
 * keeps up, in groups when more wait than the threshold or for longer than a moment. Loses nothing by forgetting: the database knows what waits.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { groupLimits, startLimits } from '#domain/limits.ts';
import type { Executor } from '#db/query.ts';
import { awaitTurns } from './await-turns.ts';
import { createBell } from './bell.ts';
import { createHeavyHooks } from './heavy-hooks.ts';
import { createLane } from './lane.ts';
import { createRush } from './rush.ts';
import { createShortage } from './shortage.ts';
import { createStarter, type Lanes, type StarterOptions } from './starter.ts';
import { createTaker } from './taker.ts';

/** What a queue needs. */
export interface WaitingQueueOptions extends StarterOptions {
  readonly database: Executor;
  /** As many may wait before they go in groups; 0 means that they never do. */
  readonly groupThreshold: number;
  /** Whether it is the queue of slow receivers. */
  readonly slow: boolean;
}

/** A queue. */
export interface WaitingQueue extends Lanes {
  readonly noteWaiting: () => void;
  /** Takes and starts until it is stopped; resolves when the last start under way has ended. */
  readonly run: () => Promise<void>;
  readonly stop: () => void;
}

/** Milliseconds between looks when nobody tells of anything. */
const lookEveryMs = 1000;
/** Milliseconds for which deliveries gather between two groups. */
const gatherMs = 100;
/** Milliseconds after which what was started no longer counts as under way. */
const forgetMs = { own: 10_000, group: 5000 } as const;
/** Groups that one process has under way at the most. */
const allGroups = groupLimits.underWay + groupLimits.beside;
/** A threshold that no number of waiting deliveries exceeds. */
const never = Number.MAX_SAFE_INTEGER - 1;

/** Makes a queue. */
export function createWaitingQueue(options: WaitingQueueOptions): WaitingQueue {
  const { database, log, groupThreshold, slow } = options;
  const bell = createBell();
  const own = createLane({ width: startLimits.underWay, forgetMs: forgetMs.own, onRoom: bell.ring });
  const groups = createLane({ width: allGroups, forgetMs: forgetMs.group, onRoom: bell.ring });
  const heavy = createHeavyHooks(groups.has);
  const starter = createStarter(options, { own, groups });
  const rush = createRush(groupThreshold / 2);
  const shortage = createShortage();
  const groupSize = slow ? groupLimits.slowSize : groupLimits.size;
  const take = createTaker(database);
  const stopping = new AbortController();

  /** As many may wait now before they go in groups. */
  const threshold = (): number => {
    if (groupThreshold === 0) return never;
    return rush.isOn() || shortage.isOn() ? 0 : groupThreshold;
  };

  /** Takes what there is room for; answers whether more is likely to wait. */
  const round = async (): Promise<boolean> => {
    const inGroupsOnly = rush.isOn();
    const room = inGroupsOnly ? 0 : own.room();
    const isFull = groups.room() <= groupLimits.beside;
    // While the groups are busy with what some hooks have waiting, nobody else is to wait for their end.
    const beside = inGroupsOnly && isFull ? heavy.ids() : undefined;
    const size = groups.room() === 0 || (isFull && beside === undefined) ? 0 : groupSize;
    if (room === 0 && size === 0) return false;
    const groupId = randomUUID();
    const group = { id: groupId, size };
    const { deliveries: taken, grouped } = await take({ slow, threshold: threshold(), room, group, beside });
    rush.note(taken.length, grouped);
    shortage.note(grouped ? 0 : taken.length, room);
    const { deliveries, isMoreLikely } = await awaitTurns(database, taken, log);
    if (!grouped) {
      deliveries.forEach(starter.startOwn);
    } else if (deliveries.length > 0) {
      starter.startGroup(groupId, slow, deliveries);
      heavy.note(groupId, deliveries);
    }
    return isMoreLikely || (grouped && taken.length === groupSize);
  };

  return {
    own,
    groups,
    noteWaiting: bell.ring,
    run: async () => {
      while (!stopping.signal.aborted) {
        let isMoreLikely = false;
        try {
          isMoreLikely = !starter.isPaused() && (await round());
        } catch (error) {
          log.warn({ err: error }, 'dispatch.round_failed');
          starter.pause();
        }
        if (isMoreLikely) continue;
        if (rush.isOn()) await delay(gatherMs);
        await bell.heard(lookEveryMs);
      }
      await starter.stop();
    },
    stop: () => {
      stopping.abort();
      bell.ring();
    },
  };
}
