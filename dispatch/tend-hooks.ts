/**
 * Looks after hooks that are held back: lets those go on whose pause is over, tries those that are probed, and makes sure
 * that what is to be drained or replayed is. One call is one round; the worker repeats them.
 */
import pLimit from 'p-limit';
import { hooksToDrain } from '#db/queries/drain-hook.ts';
import { resumeOverdue } from '#db/queries/pause-hook.ts';
import { beginProbes, enableProbed, type ProbeTimes } from '#db/queries/probe-hooks.ts';
import { replaysUnderWay } from '#db/queries/replays.ts';
import type { Executor } from '#db/query.ts';
import { drainLimits, probeLimits, startLimits } from '#domain/limits.ts';
import type { Dispatcher } from './dispatcher.ts';

/**
 * Makes one round.
 *
 * @returns hooks that went on by themselves or were probed
 * @throws the database's error, or Temporal's when it cannot be reached
 */
export async function tendHooks(
  database: Executor,
  dispatcher: Dispatcher,
  probeTimes: ProbeTimes = probeLimits,
): Promise<number> {
  const { standard } = drainLimits.ratePerSecond;
  const resumed = await resumeOverdue(database, standard);
  const enabled = await enableProbed(database, standard);
  const probed = await beginProbes(database, probeTimes);
  const limit = pLimit(startLimits.concurrency);
  const draining = await hooksToDrain(database, standard);
  const replays = await replaysUnderWay(database);
  await Promise.all([
    ...draining.map((hookId) => limit(dispatcher.startDrain, hookId)),
    ...replays.map((replayId) => limit(dispatcher.replays.start, replayId)),
  ]);
  return resumed + enabled + probed;
}
