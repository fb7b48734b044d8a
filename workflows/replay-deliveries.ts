/**
 * One bulk replay: its deliveries go out again in order and at a pace, call by call of an activity, until none is left. While
 * it is paused it sleeps until somebody resumes it. The database knows how far it is; cancelling the workflow cancels it.
 */
import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ReplayReport } from '#activities/attempt-report.ts';
import { cancelReplay, replayForAWhile } from './activity-options.ts';
import { replayProgressQuery, resumeSignal, type ReplayDeliveriesInput } from './messages.ts';

/** How long a paused replay sleeps before it looks by itself whether it was resumed. */
const lookAgain = '1 hour';

/**
 * Replays deliveries.
 *
 * @returns how it ended
 */
export async function replayDeliveries({ v, replayId }: ReplayDeliveriesInput): Promise<ReplayReport> {
  let progress: ReplayReport | null = null;
  let isResumed = false;
  setHandler(replayProgressQuery, () => progress, {
    description: 'How many were sent again, and how they fared',
  });
  setHandler(
    resumeSignal,
    () => {
      isResumed = true;
    },
    { description: 'Goes on with a replay that was resumed' },
  );
  setCurrentDetails('Looks for the deliveries to send again.');
  try {
    for (;;) {
      isResumed = false;
      progress = await replayForAWhile.executeWithOptions({ summary: wordsOf(progress) }, [{ replayId }]);
      setCurrentDetails(wordsOf(progress));
      if (!['counting', 'running', 'paused'].includes(progress.state)) return progress;
      if (progress.state === 'paused') await condition(() => isResumed, lookAgain, { summary: 'paused' });
      if (workflowInfo().continueAsNewSuggested)
        return await continueAsNew<typeof replayDeliveries>({ v, replayId });
    }
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => cancelReplay({ replayId }));
    throw error;
  }
}

function wordsOf(progress: ReplayReport | null): string {
  if (progress === null) return 'sends deliveries again, in order';
  const { state, matched, done, failed, skipped } = progress;
  return `${state}: ${done} of ${matched} delivered, ${failed} failed, ${skipped} passed over`;
}
