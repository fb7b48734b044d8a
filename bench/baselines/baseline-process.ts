/** One process of a baseline: the one that enqueues or the one that works. Loads only the baseline that it is told. */
import { nowMs } from '../clock.ts';
import { serveRemote } from '../processes/remote.ts';
import type { Baseline, BaselineName, BaselineSetup, Job } from './baseline.ts';

/** Jobs to enqueue. */
export interface EnqueuePlan {
  readonly jobs: readonly Job[];
  /** Jobs in one call. */
  readonly jobsPerCall: number;
  /** Calls under way at once. */
  readonly concurrency: number;
}

/** When they were enqueued, on the bench's clock. */
export interface Enqueued {
  readonly startedMs: number;
  readonly endedMs: number;
}

const openers: Readonly<Record<BaselineName, () => Promise<(setup: BaselineSetup) => Baseline>>> = {
  plain: async () => (await import('./plain.ts')).openPlain,
  'pg-boss': async () => (await import('./pg-boss.ts')).openPgBoss,
  'graphile-worker': async () => (await import('./graphile-worker.ts')).openGraphileWorker,
  bullmq: async () => (await import('./bullmq.ts')).openBullmq,
};

let baseline: Baseline | undefined;

function opened(): Baseline {
  if (baseline === undefined) throw new Error('No baseline has been opened');
  return baseline;
}

const services = {
  open: async (setup: BaselineSetup): Promise<void> => {
    baseline = (await openers[setup.baseline]())(setup);
  },
  prepare: (_nothing: undefined) => opened().prepare(),
  work: (_nothing: undefined) => opened().work(),
  enqueue: async ({ jobs, jobsPerCall, concurrency }: EnqueuePlan): Promise<Enqueued> => {
    const { enqueue } = opened();
    let next = 0;
    const startedMs = nowMs();
    const call = async (): Promise<void> => {
      while (next < jobs.length) {
        const from = next;
        next += jobsPerCall;
        await enqueue(jobs.slice(from, from + jobsPerCall));
      }
    };
    await Promise.all(Array.from({ length: concurrency }, call));
    return { startedMs, endedMs: nowMs() };
  },
  stop: (_nothing: undefined) => opened().stop(),
};

/** What the process can be told. */
export type BaselineServices = typeof services;

serveRemote(services);
