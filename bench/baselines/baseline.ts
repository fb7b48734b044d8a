/**
 * What a baseline is: the same POST and the same attempt record as a delivery of Holdfast, run by something else. Each
 * is opened twice, in a process that enqueues and in one that works, so that the kernel can tell what either uses.
 */
import type { ServerAddresses } from '../holdfast/servers-process.ts';

/** The baselines. */
export const baselineNames = ['plain', 'pg-boss', 'graphile-worker', 'bullmq'] as const;

/** The name of a baseline. */
export type BaselineName = (typeof baselineNames)[number];

/** Jobs handled one by one, or as many at a time as the baseline's own documentation recommends. */
export type BaselineMode = 'one' | 'batched';

/** What a process that takes part in a baseline is told. */
export interface BaselineSetup {
  readonly baseline: BaselineName;
  readonly mode: BaselineMode;
  /** Where PostgreSQL and Temporal are. */
  readonly servers: ServerAddresses;
  /** Redis's port, for the baseline that needs it. */
  readonly redisPort: number | undefined;
  /** The schema that holds its attempts, and that names its queue. */
  readonly schema: string;
}

/** One webhook to send. */
export interface Job {
  readonly id: string;
  readonly url: string;
  readonly body: string;
}

/** A baseline in one process. */
export interface Baseline {
  /** Makes what it keeps its jobs in; called once, before any other process opens it. */
  readonly prepare: () => Promise<void>;
  /** Enqueues jobs in one call of the kind that its documentation shows. */
  readonly enqueue: (jobs: readonly Job[]) => Promise<void>;
  /** Begins to work; resolves when it has begun. */
  readonly work: () => Promise<void>;
  /** Ends what this process has begun. */
  readonly stop: () => Promise<void>;
}

/** Jobs under way at once in the process that works, where the baseline has such a setting. */
export const concurrentJobs = 50;

/** Jobs that one call enqueues when they are batched, as many as Holdfast's batch route is sent in the bursts. */
export const batchedJobs = 100;
