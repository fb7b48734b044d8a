/**
 * Sends what was held of a hook, in order and at a pace, until nothing is held or a while has passed; the workflow calls
 * again. Asks the database before every few deliveries whether the hook is still to be drained, so that a pause holds at
 * once. What sleeps in a workflow of its own is woken and makes its attempt there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  drainCourse,
  endDrain,
  isAttempted,
  noteDrained,
  takeHeld,
  takenByDrain,
  type ReleasedDelivery,
} from '#db/queries/drain-hook.ts';
import { noteWoken } from '#db/queries/sweep-deliveries.ts';
import type { StartableDelivery } from '#db/queries/start-deliveries.ts';
import type { Executor } from '#db/query.ts';
import { drainLimits } from '#domain/limits.ts';
import type { GroupDependencies } from './attempt-group.ts';
import type { DrainReport } from './attempt-report.ts';
import { createCarrier, takenAtOnce, type Carrier, type CarryingCall } from './carry-in-order.ts';
import { createTurns, type Turns } from './turns.ts';

/** What draining needs beside what a group needs. */
export interface DrainDependencies extends GroupDependencies {
  /** Makes sure that a delivery's workflow runs and makes the attempt that comes next now. */
  readonly wake: (delivery: StartableDelivery) => Promise<unknown>;
}

/** Milliseconds between notes of how far it has come. */
const noteEveryMs = 1000;

/** Milliseconds between looks at whether a workflow has made its attempt. */
const lookEveryMs = 20;

/**
 * Drains a hook for a while.
 *
 * @returns how far it has come; undefined when the hook is not to be drained, any more
 * @throws the first fault of ours; Temporal then calls again
 */
export async function drainHook(
  dependencies: DrainDependencies,
  hookId: string,
  call: CarryingCall,
): Promise<DrainReport | undefined> {
  const { database } = dependencies;
  const course = await drainCourse(database, hookId);
  if (course === undefined) return undefined;
  const turns = createTurns({
    ratePerSecond: course.ratePerSecond,
    sinceMs: course.since.getTime(),
    taken: course.drained,
  });
  const carrier = createCarrier(dependencies, call, { overtakeMs: drainLimits.overtakeMs });
  const untilMs = Date.now() + drainLimits.callMs;
  let notedMs = Date.now();
  const pulse = setInterval(() => call.onProgress(turns.taken()), noteEveryMs);
  try {
    // These have had their turn in the call that died.
    for (const delivery of await takenByDrain(database, hookId)) {
      call.signal.throwIfAborted();
      await carrier.carry(delivery);
    }
    let isMore = true;
    while (isMore && Date.now() < untilMs && !call.draining.aborted) {
      const taken = await takeHeld(database, hookId, takenAtOnce(course.ratePerSecond));
      await sendAll(dependencies, taken, { carrier, turns, call });
      isMore = taken.length > 0 && (await isSameCourse(dependencies, hookId, course.since));
      if (Date.now() - notedMs >= noteEveryMs) {
        await noteDrained(database, hookId, turns.taken());
        notedMs = Date.now();
      }
    }
  } finally {
    clearInterval(pulse);
    await carrier.end();
  }
  const remaining = await noteDrained(database, hookId, turns.taken());
  const finished = remaining === 0 && (await endDrain(database, hookId));
  dependencies.log.info({ webhookId: hookId, drained: turns.taken(), remaining, finished }, 'hook.drained');
  return { drained: turns.taken(), remaining, finished };
}

/** False when the drain has ended or was asked for anew, at another pace. */
async function isSameCourse({ database }: DrainDependencies, hookId: string, since: Date): Promise<boolean> {
  const course = await drainCourse(database, hookId);
  return course !== undefined && course.since.getTime() === since.getTime();
}

/** Resolves when the attempt that a workflow was woken for is on record, or when it may be overtaken. */
async function untilAttempted(
  database: Executor,
  { id, nextAttempt }: ReleasedDelivery,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = Date.now() + drainLimits.overtakeMs;
  while (Date.now() < untilMs && !(await isAttempted(database, id, nextAttempt))) {
    await delay(lookEveryMs, undefined, { signal });
  }
}

interface Way {
  readonly carrier: Carrier;
  readonly turns: Turns;
  readonly call: CarryingCall;
}

async function sendAll(
  { database, wake }: DrainDependencies,
  taken: readonly ReleasedDelivery[],
  { carrier, turns, call }: Way,
): Promise<void> {
  for (const delivery of taken) {
    await turns.next(call.signal);
    if (delivery.own) {
      await wake(delivery);
      await noteWoken(database, [delivery.id]);
      await untilAttempted(database, delivery, call.signal);
    } else {
      await carrier.carry(delivery);
    }
  }
}
