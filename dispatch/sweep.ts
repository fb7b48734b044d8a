/**
 * Closes every gap between the database and Temporal: wakes what somebody asked to be woken, and starts again what is
 * overdue and unknown to Temporal, which brings everything back after a process died over it or Temporal was emptied.
 * One call is one round; the worker repeats them.
 */
import pLimit from 'p-limit';
import { deliveryWorkflowId } from '#domain/ids.ts';
import { startLimits } from '#domain/limits.ts';
import { settleDelivery } from '#db/queries/settle-delivery.ts';
import { giveBack } from '#db/queries/start-deliveries.ts';
import {
  claimDeliveries,
  noteWoken,
  releaseClaims,
  type SweptDelivery,
} from '#db/queries/sweep-deliveries.ts';
import type { Executor } from '#db/query.ts';
import type { Awakening, Dispatcher } from './dispatcher.ts';

/** When the sweeper steps in. */
export interface SweepTimes {
  /** Milliseconds after which a delivery to be woken is taken: the API has had its chance by then. */
  readonly wakeMs: number;
  /** Milliseconds by which a delivery is overdue, and since when it was started, before its workflow is doubted. */
  readonly overdueMs: number;
  /** Milliseconds for which a claim keeps other sweepers away. */
  readonly leaseMs: number;
}

/** What the sweeper does in production. */
export const standardSweepTimes: SweepTimes = { wakeMs: 2000, overdueMs: 5000, leaseMs: 60_000 };

/** Deliveries claimed in one round. */
const batchSize = 500;

/**
 * Wakes the deliveries of which somebody asked it, of one hook or of all.
 *
 * @returns how many were found; as many as a batch means that there may be more
 * @throws the database's error, or the first of Temporal's
 */
export async function wakeRequested(
  database: Executor,
  dispatcher: Dispatcher,
  { wakeMs: graceMs, leaseMs }: SweepTimes,
  hookId: string | null = null,
): Promise<number> {
  const claimed = await claimDeliveries(database, 'to_wake', { graceMs, leaseMs, limit: batchSize, hookId });
  const wake = cancellingTerminated(database, dispatcher.wake);
  return handOver(database, claimed, wake, (ids) => noteWoken(database, ids));
}

/** Wakes whatever was asked to be woken of one hook, at once. */
export async function wakeHook(database: Executor, dispatcher: Dispatcher, hookId: string): Promise<void> {
  const times = { ...standardSweepTimes, wakeMs: 0 };
  while ((await wakeRequested(database, dispatcher, times, hookId)) === batchSize);
}

/**
 * Makes sure that what is overdue has a workflow. One that runs is left alone: it may be waiting for its turn.
 * What a group has left behind waits to be started again. What it found keeps its claim, so that it is looked at again
 * only after the lease. Answers and throws like wakeRequested.
 */
export async function reviveOverdue(
  database: Executor,
  dispatcher: Dispatcher,
  times: SweepTimes,
): Promise<number> {
  const { overdueMs: graceMs, leaseMs } = times;
  const claimed = await claimDeliveries(database, 'overdue', {
    graceMs,
    leaseMs,
    limit: batchSize,
    hookId: null,
  });
  const ofGroups = claimed.filter(({ groupId }) => groupId !== null);
  const own = claimed.filter(({ groupId }) => groupId === null);
  await giveBackOrphans(database, dispatcher, ofGroups);
  await handOver(database, own, cancellingTerminated(database, dispatcher.revive), () => Promise.resolve());
  return claimed.length;
}

/** Gives back the deliveries whose group does not run: it died before it began, was ended, or Temporal forgot it. */
async function giveBackOrphans(
  database: Executor,
  dispatcher: Dispatcher,
  deliveries: readonly SweptDelivery[],
): Promise<void> {
  const byGroup = Map.groupBy(deliveries, ({ groupId }) => groupId as string);
  for (const [groupId, members] of byGroup) {
    const ids = members.map(({ id }) => id);
    const kind = members[0]?.groupKind ?? 'dispatch';
    try {
      if (!(await dispatcher.groups.isRunning(groupId, kind))) await giveBack(database, ids);
    } catch (error) {
      await releaseClaims(database, ids);
      throw error;
    }
  }
}

/** What somebody ended in Temporal is recorded as cancelled. */
function cancellingTerminated(
  database: Executor,
  act: (delivery: SweptDelivery) => Promise<Awakening>,
): (delivery: SweptDelivery) => Promise<void> {
  return async (delivery) => {
    if ((await act(delivery)) === 'terminated') {
      const { id, run } = delivery;
      await settleDelivery(database, id, run, 'cancelled', null, deliveryWorkflowId(id, run));
    }
  };
}

/**
 * Acts on each delivery in order with bounded concurrency and notes those that went well. One that fails does not stop
 * the others; many that fail mean that Temporal is away, and the rest is left to the next round, its claims given up.
 */
async function handOver(
  database: Executor,
  deliveries: readonly SweptDelivery[],
  act: (delivery: SweptDelivery) => Promise<void>,
  note: (ids: readonly string[]) => Promise<void>,
): Promise<number> {
  const limit = pLimit(startLimits.concurrency);
  const done: string[] = [];
  const errors: unknown[] = [];
  await Promise.all(
    deliveries.map((delivery) =>
      limit(async () => {
        if (errors.length >= startLimits.concurrency) return;
        try {
          await act(delivery);
          done.push(delivery.id);
        } catch (error) {
          errors.push(error);
        }
      }),
    ),
  );
  if (done.length > 0) await note(done);
  if (errors.length > 0) {
    const handled = new Set(done);
    await releaseClaims(
      database,
      deliveries.map(({ id }) => id).filter((id) => !handled.has(id)),
    );
    throw errors[0];
  }
  return deliveries.length;
}
