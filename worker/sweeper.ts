/**
 * Repeats the sweep, the telling of notices and the housekeeping for as long as the worker runs.
 * A round that fails is logged and the next one comes; nothing here ends the process.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { intakeLimits } from '#domain/limits.ts';
import {
  dropDay,
  emptyDefaults,
  expiredDays,
  forgetOldKeys,
  forgetOldReplays,
  prepareDays,
} from '#db/queries/keep-house.ts';
import { expireUnstarted } from '#db/queries/expire-unstarted.ts';
import { promoteDue } from '#db/queries/promote-due.ts';
import { passForgottenTurns } from '#db/queries/turns.ts';
import type { Executor } from '#db/query.ts';
import type { Dispatcher } from '#dispatch/dispatcher.ts';
import { tellWaitingNotices } from '#intake/tell-notices.ts';
import { reviveOverdue, standardSweepTimes, wakeRequested, type SweepTimes } from '#dispatch/sweep.ts';
import { tendHooks } from '#dispatch/tend-hooks.ts';
import type { Log } from '#platform/log.ts';

/** What the sweeper needs. */
export interface SweeperDependencies {
  readonly pool: Pool;
  readonly dispatcher: Dispatcher;
  readonly log: Log;
  readonly retentionDays: number;
  readonly times?: SweepTimes;
  /** Run after a round that failed: what must exist in Temporal may be missing after it was emptied. */
  readonly recover: () => Promise<void>;
  /** Told that deliveries wait to be started. */
  readonly onWaiting: () => void;
}

/** A running sweeper. */
export interface Sweeper {
  /** Stops it and waits for the round under way. */
  readonly stop: () => Promise<void>;
}

const wakeEveryMs = 1000;
const dueEveryMs = 1000;
const turnsEveryMs = 5000;
const overdueEveryMs = 5000;
const hooksEveryMs = 2000;
const noticesEveryMs = 1000;
const houseEveryMs = 60 * 60 * 1000;

/** Starts the loops. */
export function startSweeper(dependencies: SweeperDependencies): Sweeper {
  const { pool, dispatcher, log, times = standardSweepTimes } = dependencies;
  const stopping = new AbortController();
  const loops = [
    repeat('sweep.to_wake', wakeEveryMs, () => wakeRequested(pool, dispatcher, times)),
    repeat('sweep.due', dueEveryMs, () => inBatches(dependencies, promoteDue)),
    repeat('sweep.expired', dueEveryMs, () => inBatches(dependencies, expireUnstarted)),
    repeat('sweep.turns', turnsEveryMs, () => inBatches(dependencies, passForgottenTurns)),
    repeat('sweep.overdue', overdueEveryMs, () => reviveOverdue(pool, dispatcher, times)),
    repeat('sweep.hooks', hooksEveryMs, () => tendHooks(pool, dispatcher)),
    repeat('sweep.notices', noticesEveryMs, () => tellWaitingNotices(pool)),
    repeat('sweep.house', houseEveryMs, () => keepHouse(dependencies)),
  ];

  async function repeat(name: string, everyMs: number, round: () => Promise<number>): Promise<void> {
    while (!stopping.signal.aborted) {
      let done = 0;
      try {
        done = await round();
        if (done > 0) log.info({ count: done }, name);
      } catch (error) {
        log.warn({ err: error }, `${name}_failed`);
        await dependencies.recover().catch(() => undefined);
      }
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

/** Deliveries that one statement of a round changes. */
const batchSize = 1000;

/** Runs a statement until it finds less than a batch; answers how many deliveries there were, which may be told. */
async function inBatches(
  { pool, onWaiting }: SweeperDependencies,
  run: (executor: Executor, limit: number) => Promise<number>,
): Promise<number> {
  let sum = 0;
  for (let count = batchSize; count === batchSize; sum += count) {
    count = await run(pool, batchSize);
    if (count > 0) onWaiting();
  }
  return sum;
}

/** Prepares the days to come and drops what is past its time. Answers the number of days dropped. */
async function keepHouse({ pool, retentionDays }: SweeperDependencies): Promise<number> {
  await prepareDays(pool);
  await forgetOldKeys(pool, intakeLimits.idempotencyKeyHours);
  await forgetOldReplays(pool, retentionDays);
  const days = await expiredDays(pool, retentionDays);
  for (const day of days) await dropDay(pool, day);
  await emptyDefaults(pool, retentionDays);
  return days.length;
}
