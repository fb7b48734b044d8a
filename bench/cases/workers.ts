/**
 * The bursts again with the API and one, two and four workers in processes of their own: what each part costs, and
 * what a further worker brings on one machine.
 */
import type { Case } from '../case.ts';
import { withProcesses } from '../with-processes.ts';
import { batchSize, burstEvents, burstTargets, runBurst, type Burst } from './burst.ts';

function workersCase(workers: number, route: 'single' | 'batch', targets: Pick<Burst, 'targets'> = {}): Case {
  const name = `workers-${workers}-${route}`;
  const batch = route === 'batch' ? { batchSize } : {};
  const counted = workers === 1 ? 'one worker' : `${workers} workers`;
  return {
    name,
    title: `a burst of ${burstEvents} through the ${route} route; an API process and ${counted}`,
    run: (bench) =>
      withProcesses(bench, name, { workers }, (subject) =>
        runBurst(bench, { name, events: burstEvents, subject, ...batch, ...targets }),
      ),
  };
}

/** The cases. */
export const workersCases: readonly Case[] = [
  workersCase(1, 'single', { targets: burstTargets.single }),
  workersCase(1, 'batch', { targets: burstTargets.batch }),
  workersCase(2, 'batch'),
  workersCase(4, 'batch'),
];
