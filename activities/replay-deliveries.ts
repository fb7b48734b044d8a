/**
 * Sends the deliveries of a replay again, in order and at a pace, until none is left, it is paused or cancelled, or a while
 * has passed; the workflow calls again. Never sends one of them twice for one replay.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { findReplay } from '#db/queries/replays.ts';
import {
  collectReplay,
  endReplay,
  noteReplayed,
  replayCourse,
  resumeReplayed,
  takeReplayed,
  type ReplayCourse,
  type ReplayResult,
} from '#db/queries/run-replay.ts';
import { drainLimits, replayLimits } from '#domain/limits.ts';
import type { GroupCall, GroupDependencies } from './attempt-group.ts';
import type { AttemptReport, ReplayReport } from './attempt-report.ts';
import { createCarrier } from './carry-in-order.ts';
import { createTurns } from './turns.ts';

/** How the call came about. */
export type ReplayCall = Omit<GroupCall, 'onProgress'> & { readonly onProgress: (taken: number) => void };

const pulseMs = 1000;

/** Runs a replay for a while. Throws the first fault of ours; Temporal then calls again. */
export async function replayDeliveries(
  dependencies: GroupDependencies,
  replayId: string,
  call: ReplayCall,
): Promise<ReplayReport> {
  const { database, log } = dependencies;
  const pulse = setInterval(() => call.onProgress(0), pulseMs);
  try {
    while (await collectReplay(database, replayId, replayLimits.collected)) {
      call.signal.throwIfAborted();
      await breathe();
    }
    const course = await replayCourse(database, replayId);
    if (course !== undefined) await sendOnCourse(dependencies, replayId, course, call);
  } finally {
    clearInterval(pulse);
  }
  await endReplay(database, replayId);
  const report = await reportOf(dependencies, replayId);
  log.info({ replayId, ...report }, 'replay.advanced');
  return report;
}

/** How a replay stands. One that is gone was cancelled. */
async function reportOf({ database }: GroupDependencies, replayId: string): Promise<ReplayReport> {
  const row = await findReplay(database, replayId);
  const { state = 'cancelled', matched = 0, done = 0, failed = 0, skipped = 0 } = row ?? {};
  return { state, matched, done, failed, skipped };
}

async function sendOnCourse(
  dependencies: GroupDependencies,
  replayId: string,
  course: ReplayCourse,
  call: ReplayCall,
): Promise<void> {
  const { database } = dependencies;
  const { ratePerSecond } = course;
  const turns = createTurns({ ratePerSecond, sinceMs: course.pacedFrom.getTime(), taken: course.taken });
  const carrier = createCarrier(dependencies, call, ({ id }, attempt) =>
    noteReplayed(database, replayId, id, resultOf(attempt)),
  );
  const untilMs = Date.now() + drainLimits.callMs;
  try {
    // These have had their turn in the call that died.
    for (const delivery of await resumeReplayed(database, replayId)) await carrier.carry(delivery);
    while (Date.now() < untilMs && !call.draining.aborted) {
      const limit = Math.min(drainLimits.taken, Math.max(1, Math.floor(ratePerSecond)));
      const { deliveries, isLast } = await takeReplayed(database, replayId, limit);
      if (isLast) break;
      for (const delivery of deliveries) {
        await turns.next(call.signal);
        await carrier.carry(delivery);
      }
      const now = await replayCourse(database, replayId);
      if (now?.pacedFrom.getTime() !== course.pacedFrom.getTime()) break;
    }
  } finally {
    await carrier.end();
  }
}

function resultOf(report: AttemptReport): ReplayResult {
  if (report.kind === 'attempted') return report.verdict === 'delivered' ? 'delivered' : 'failed';
  if (report.kind === 'settled' && report.state === 'delivered') return 'delivered';
  return report.kind === 'settled' && report.state === 'cancelled' ? 'skipped' : 'failed';
}
