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

/** So many that the plain workflow, with which it is compared, is done in reasonable time. */
const ownWorkflowEvents = 300;

/** What one delivery costs as a workflow of its own, when none is carried in a group. */
export const ownWorkflowCase: Case = {
  name: 'own-workflow',
  title: `a burst of ${ownWorkflowEvents}, each delivery in a workflow of its own; an API process and one worker`,
  run: (bench) => {
    const options = { workers: 1, env: { HOLDFAST_GROUP_THRESHOLD: '0' } };
    return withProcesses(bench, 'own-workflow', options, (subject) =>
      runBurst(bench, { name: 'own-workflow', events: ownWorkflowEvents, subject }),
    );
  },
};
