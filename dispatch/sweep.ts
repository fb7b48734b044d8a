/**
 * Closes every gap between the database and Temporal: starts what was committed and never started,
 * and wakes what is overdue, which also brings back everything after Temporal was emptied.
 * One call is one round; the worker repeats it.
 */
import pLimit from 'p-limit';
import { startLimits } from '#domain/limits.ts';
import { settleDelivery } from '#db/queries/settle-delivery.ts';
import {
  claimOverdue,
  claimUnstarted,
  markStarted,
  type OverdueOptions,
  type StartableDelivery,
} from '#db/queries/start-deliveries.ts';
import type { Executor } from '#db/query.ts';
import type { Dispatcher } from './dispatcher.ts';

/** When the sweeper steps in. */
export interface SweepTimes {
  /** Age in milliseconds at which an unstarted delivery is taken: long enough for the API to have started it. */
  readonly unstartedMs: number;
  /** Milliseconds by which a delivery is overdue before its workflow is doubted. */
  readonly overdueMs: number;
  /** Milliseconds for which a claim keeps other sweepers away. */
  readonly leaseMs: number;
}

/** What the sweeper does in production. */
export const standardSweepTimes: SweepTimes = { unstartedMs: 2000, overdueMs: 20_000, leaseMs: 60_000 };

/** Deliveries claimed in one round. */
const batchSize = 500;

/**
 * Starts deliveries that nobody started.
 *
 * @returns how many were found; as many as a batch means that there may be more
 * @throws the database's error, or Temporal's when nothing could be started
 */
export async function startUnstarted(
  database: Executor,
  dispatcher: Dispatcher,
  times: SweepTimes,
): Promise<number> {
  const claimed = await claimUnstarted(database, {
    olderThanMs: times.unstartedMs,
    leaseMs: times.leaseMs,
    limit: batchSize,
  });
  const started: string[] = [];
  const outcome = await handEach(claimed, async (delivery) => {
    await dispatcher.start(delivery);
    started.push(delivery.id);
  });
  if (started.length > 0) await markStarted(database, started);
  if (outcome !== undefined) throw outcome;
  return claimed.length;
}

/**
 * Wakes deliveries that are overdue. What somebody terminated in Temporal is recorded as cancelled.
 *
 * @returns how many were found; as many as a batch means that there may be more
 */
export async function wakeOverdue(
  database: Executor,
  dispatcher: Dispatcher,
  times: SweepTimes,
): Promise<number> {
  return wakeClaimed(database, dispatcher, {
    graceMs: times.overdueMs,
    leaseMs: times.leaseMs,
    limit: batchSize,
    hookId: null,
  });
}

/** Wakes whatever is due of one hook, now. What it cannot wake is left to the sweeper. */
export async function wakeHook(database: Executor, dispatcher: Dispatcher, hookId: string): Promise<void> {
  const { leaseMs } = standardSweepTimes;
  const options = { graceMs: 0, leaseMs, limit: batchSize, hookId };
  while ((await wakeClaimed(database, dispatcher, options)) === batchSize);
}

async function wakeClaimed(
  database: Executor,
  dispatcher: Dispatcher,
  options: OverdueOptions,
): Promise<number> {
  const claimed = await claimOverdue(database, options);
  const outcome = await handEach(claimed, async (delivery) => {
    const awakening = await dispatcher.wake(delivery);
    if (awakening === 'terminated') await settleDelivery(database, delivery.id, delivery.run, 'cancelled');
  });
  if (outcome !== undefined) throw outcome;
  return claimed.length;
}

/**
 * Runs work for each delivery in order with bounded concurrency. One that fails does not stop the others;
 * many that fail mean that Temporal is away, and the rest is left to the next round.
 *
 * @returns the first error, or undefined
 */
async function handEach(
  deliveries: readonly StartableDelivery[],
  work: (delivery: StartableDelivery) => Promise<void>,
): Promise<Error | undefined> {
  const limit = pLimit(startLimits.concurrency);
  const errors: Error[] = [];
  const tasks = deliveries.map((delivery) =>
    limit(async () => {
      if (errors.length >= startLimits.concurrency) return;
      try {
        await work(delivery);
      } catch (error) {
        errors.push(error instanceof Error ? error : new Error(String(error)));
      }
    }),
  );
  await Promise.all(tasks);
  return errors[0];
}
