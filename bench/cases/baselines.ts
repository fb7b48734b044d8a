/**
 * What the bursts are compared with: the plain workflow, and what a TypeScript team would reach for. All post and
 * record the same; what they promise differs, and is said beside the figures.
 */
import { runBaseline, type BaselineBurst } from '../baselines/run-baseline.ts';
import type { Case } from '../case.ts';
import { burstEvents } from './burst.ts';

/** So many that the plain workflow is done with them in reasonable time. */
const plainJobs = 300;

const queueNotes = [
  'Not promised: hooks, retries that can be seen and steered, holding, cancelling; a job is a row, not a history.',
] as const;
const expiryNote = "A killed worker's jobs are taken up again after fifteen minutes, unless told otherwise.";
const lockNote = "A killed worker's jobs stay locked for four hours, unless somebody releases them.";
const redisNote =
  'Redis with appendfsync everysec may lose the last second of accepted jobs when the machine dies.';

function baselineCase(name: string, title: string, burst: BaselineBurst): Case {
  return { name, title, run: (bench) => runBaseline(bench, burst) };
}

/** A workflow for each delivery, as the SDK's documentation would have it. */
export const plainCase: Case = baselineCase(
  'plain',
  `baseline: ${plainJobs} at once, each one plain workflow with one ordinary activity`,
  {
    baseline: 'plain',
    mode: 'one',
    jobs: plainJobs,
    notes: ['Not promised: an event that was accepted while Temporal is away.'],
  },
);

/** The queues of a TypeScript team. */
export const queueCases: readonly Case[] = [
  baselineCase('pg-boss-one', `baseline: ${burstEvents} jobs of pg-boss, one at a time`, {
    baseline: 'pg-boss',
    mode: 'one',
    jobs: burstEvents,
    notes: [...queueNotes, expiryNote],
  }),
  baselineCase('pg-boss-batched', `baseline: ${burstEvents} jobs of pg-boss, 100 at a time`, {
    baseline: 'pg-boss',
    mode: 'batched',
    jobs: burstEvents,
    notes: [...queueNotes, expiryNote, 'One job that fails has its whole batch repeated.'],
  }),
  baselineCase('graphile-worker-one', `baseline: ${burstEvents} jobs of graphile-worker, one at a time`, {
    baseline: 'graphile-worker',
    mode: 'one',
    jobs: burstEvents,
    notes: [...queueNotes, lockNote],
  }),
  baselineCase(
    'graphile-worker-batched',
    `baseline: ${burstEvents} jobs of graphile-worker, added 100 at a time, fetched 500 at a time`,
    {
      baseline: 'graphile-worker',
      mode: 'batched',
      jobs: burstEvents,
      notes: [...queueNotes, lockNote],
    },
  ),
  baselineCase('bullmq-one', `baseline: ${burstEvents} jobs of BullMQ, one at a time`, {
    baseline: 'bullmq',
    mode: 'one',
    jobs: burstEvents,
    notes: [...queueNotes, redisNote],
  }),
  baselineCase('bullmq-batched', `baseline: ${burstEvents} jobs of BullMQ, added 100 at a time`, {
    baseline: 'bullmq',
    mode: 'batched',
    jobs: burstEvents,
    notes: [...queueNotes, redisNote],
  }),
];
