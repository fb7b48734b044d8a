/**
 * The draining of one hook: what was held goes out in order and at a pace, call by call of an activity, until nothing is
 * held. Cancelled, it pauses the hook again, so that what has not gone out stays held. The database knows how far it is.
 */
import {
  CancellationScope,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { DrainReport } from '#activities/attempt-report.ts';
import { drainForAWhile, pauseHook } from './activity-options.ts';
import { drainProgressQuery, type DrainHookInput } from './messages.ts';

/**
 * Drains a hook.
 *
 * @returns how far it came; null when there was nothing to do
 */
export async function drainHook({ v, hookId }: DrainHookInput): Promise<DrainReport | null> {
  let progress: DrainReport | null = null;
  setHandler(drainProgressQuery, () => progress, { description: 'How many went out and how many are held' });
  setCurrentDetails('Sends what was held, in order.');
  try {
    for (;;) {
      const report = await drainForAWhile.executeWithOptions({ summary: wordsOf(progress) }, [{ hookId }]);
      progress = report ?? progress;
      setCurrentDetails(wordsOf(progress));
      if (report === undefined || report.finished) return progress;
      if (workflowInfo().continueAsNewSuggested) return await continueAsNew<typeof drainHook>({ v, hookId });
    }
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => pauseHook({ hookId }));
    throw error;
  }
}

function wordsOf(progress: DrainReport | null): string {
  if (progress === null) return 'sends what was held, in order';
  return `${progress.drained} went out, ${progress.remaining} are still held`;
}
