/**
 * What one delivery costs as a workflow of its own, when none is carried in a group: to be held against the plain
 * workflow, whose burst is as large.
 */
import type { Bench } from '../bench.ts';
import type { Case, CaseResult } from '../case.ts';
import { openRecords } from '../holdfast/records.ts';
import type { Subject } from '../stands.ts';
import { warmUp } from '../warm-up.ts';
import { withProcesses } from '../with-processes.ts';
import { runBurst } from './burst.ts';

/** So many that a workflow each is done in reasonable time. */
const events = 300;

/** Group dispatch is switched off. */
const variables = { HOLDFAST_GROUP_THRESHOLD: '0' } as const;

function measure(bench: Bench, name: string, subject: Subject): Promise<CaseResult> {
  return runBurst(bench, { name, events, subject });
}

/** In the one process of `npm start`, where a starter and its worker can share a task. */
export const ownWorkflowCase: Case = {
  name: 'own-workflow',
  title: `a burst of ${events}, each delivery in a workflow of its own; \`npm start\``,
  run: async (bench) => {
    const name = 'own-workflow';
    const installation = await bench.startInstallation(name, 'node', variables);
    try {
      const records = await openRecords(installation.addresses.databaseUrl);
      try {
        const subject = { installation, records };
        await warmUp(bench, `${name}-warm-up`, subject);
        return await measure(bench, name, subject);
      } finally {
        await records.close();
      }
    } finally {
      await installation.stop();
    }
  },
};

/** With the API in a process of its own. */
export const ownWorkflowApartCase: Case = {
  name: 'own-workflow-apart',
  title: `a burst of ${events}, each delivery in a workflow of its own; an API process and one worker`,
  run: (bench) =>
    withProcesses(bench, 'own-workflow-apart', { workers: 1, env: variables }, (subject) =>
      measure(bench, 'own-workflow-apart', subject),
    ),
};
