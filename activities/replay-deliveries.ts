/**
 * Sends the deliveries of a replay again, the oldest first and at a pace, until none is left, it is paused or cancelled, or
 * a while has passed; the workflow calls again. Never sends one of them twice for one replay.
 */
import { setImmediate as breathe, setTimeout as delay } from 'node:timers/promises';
import { createBatcher, sharedStatement } from '#db/batcher.ts';
import { findReplay } from '#db/queries/replays.ts';
import {
  collectReplay,
  endReplay,
  noteOthers,
  noteReplayed,
  replayCourse,
  takenByReplay,
  takeReplayed,
  type Replayed,
  type ReplayCourse,
  type ReplayResult,
} from '#db/queries/run-replay.ts';
import { drainLimits, replayLimits } from '#domain/limits.ts';
import type { GroupDependencies } from './attempt-group.ts';
import type { AttemptReport, ReplayReport } from './attempt-report.ts';
import { createCarrier, takenAtOnce, type CarryingCall } from './carry-in-order.ts';
import { createTurns } from './turns.ts';

const pulseMs = 1000;

/** Milliseconds between looks at whether those that are out of its hands have been dealt with. */
const lookEveryMs = 1000;

/** Runs a replay for a while. Throws the first fault of ours; Temporal then calls again. */
export async function replayDeliveries(
  dependencies: GroupDependencies,
  replayId: string,
  call: CarryingCall,
): Promise<ReplayReport> {
  const { database, log } = dependencies;
  const pulse = setInterval(() => call.onProgress(), pulseMs);
  try {
    while (await collectReplay(database, replayId, replayLimits.collected)) {
      call.signal.throwIfAborted();
      await breathe();
    }
    const untilMs = Date.now() + drainLimits.callMs;
    await noteOthers(database, replayId);
    const course = await replayCourse(database, replayId);
    const isAllTaken =
      course !== undefined && (await sendOnCourse(dependencies, replayId, { course, untilMs, call }));
    if (isAllTaken) await untilOver(dependencies, replayId, untilMs, call);
  } finally {
    clearInterval(pulse);
  }
  const report = await reportOf(dependencies, replayId);
  log.info({ replayId, ...report }, 'replay.advanced');
  return report;
}

/** Waits for what its hook's limits make wait: it is not done before. */
async function untilOver(
  dependencies: GroupDependencies,
  replayId: string,
  untilMs: number,
  { draining, signal }: CarryingCall,
): Promise<void> {
  while (!(await isOver(dependencies, replayId)) && Date.now() < untilMs && !draining.aborted) {
    await delay(lookEveryMs, undefined, { signal });
  }
}

/** Ends a replay if everything was dealt with; answers whether it has ended, or goes on no more for now. */
async function isOver({ database }: GroupDependencies, replayId: string): Promise<boolean> {
  await noteOthers(database, replayId);
  return (await endReplay(database, replayId)) || (await replayCourse(database, replayId)) === undefined;
}

/** How a replay stands. One that is gone was cancelled. */
async function reportOf({ database }: GroupDependencies, replayId: string): Promise<ReplayReport> {
  const row = await findReplay(database, replayId);
  const { state = 'cancelled', matched = 0, done = 0, failed = 0, skipped = 0 } = row ?? {};
  return { state, matched, done, failed, skipped };
}

interface Way {
  readonly course: ReplayCourse;
  readonly untilMs: number;
  readonly call: CarryingCall;
}

/** Sends until none is left, which it answers, or the course has changed or the time is over. */
async function sendOnCourse(
  dependencies: GroupDependencies,
  replayId: string,
  { course, untilMs, call }: Way,
): Promise<boolean> {
  const { database } = dependencies;
  const { ratePerSecond, pacedFrom } = course;
  const turns = createTurns({ ratePerSecond, sinceMs: pacedFrom.getTime(), taken: course.taken });
  // Those that end at the same moment share a statement: each of them writes the replay's row.
  const note = createBatcher(async (replayed: readonly Replayed[]) => {
    await noteReplayed(database, replayId, replayed);
    return replayed;
  }, sharedStatement);
  const carrier = createCarrier(dependencies, call, {
    // The pace asked for comes before the order: what has not ended when the next one's turn comes is overtaken.
    overtakeMs: Math.min(drainLimits.overtakeMs, 1000 / ratePerSecond),
    onEnd: async ({ id: deliveryId }, attempt) => {
      const result = resultOf(attempt);
      if (result !== undefined) await note({ deliveryId, result });
    },
  });
  try {
    // These have had their turn in the call that died.
    for (const delivery of await takenByReplay(database, replayId)) await carrier.carry(delivery);
    while (Date.now() < untilMs && !call.draining.aborted) {
      const { deliveries, isLast } = await takeReplayed(database, replayId, takenAtOnce(ratePerSecond));
      if (isLast) return true;
      for (const delivery of deliveries) {
        await turns.next(call.signal);
        await carrier.carry(delivery);
      }
      const now = await replayCourse(database, replayId);
      if (now?.pacedFrom.getTime() !== pacedFrom.getTime()) return false;
    }
    return false;
  } finally {
    await carrier.end();
  }
}

/** What a report means for a replay; undefined when it is yet to be seen. */
function resultOf(report: AttemptReport): ReplayResult | undefined {
  if (report.kind === 'attempted') return report.verdict === 'delivered' ? 'delivered' : 'failed';
  if (report.kind !== 'settled') return undefined;
  if (report.state === 'delivered') return 'delivered';
  return report.state === 'cancelled' ? 'skipped' : 'failed';
}
