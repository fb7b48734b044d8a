/**
 * Tells what a reset in Temporal has made of a run. A reset copies a run's history into a new run, up to some event, and lets
 * it go on from there: what the history says is as it was, but the run is another. Every answer is the same at each replay.
 */
import { workflowInfo } from '@temporalio/workflow';
import type { AttemptInput, AttemptReport } from '#activities/attempt-report.ts';

/** A report after which a delivery may have ended. */
type Ending = Exclude<AttemptReport, { kind: 'held' | 'blocked' | 'throttled' }>;

/** What a run knows of resets. */
export interface Resets {
  /** True when a delivery that is exhausted by a report is to be asked for again: the run that was told so has been reset. */
  readonly isSince: (report: Ending) => boolean;
  /** What attempts are told, so that a delivery is opened again once for each reset. */
  readonly input: () => Pick<AttemptInput, 'resetRunId'>;
}

/** Begins to watch. */
export function watchResets(): Resets {
  const { runId, originalExecutionRunId } = workflowInfo();
  let isReset = runId !== originalExecutionRunId;
  return {
    isSince: (report) => {
      const isSince = isExhausted(report) && wasAnsweredElsewhere(report);
      isReset ||= isSince;
      return isSince;
    },
    input: () => (isReset ? { resetRunId: runId } : {}),
  };

  /** What came with the input names no run: the one that was given it first is not this one if this one is a reset. */
  function wasAnsweredElsewhere({ kind, answeredIn }: Ending): boolean {
    if (answeredIn !== undefined) return answeredIn !== runId;
    return kind === 'attempted' && runId !== originalExecutionRunId;
  }
}

/** True for a report that ends a delivery as exhausted, if it ends it at all. */
function isExhausted(report: Ending): boolean {
  return report.kind === 'settled' ? report.state === 'exhausted' : report.verdict === 'retry';
}
