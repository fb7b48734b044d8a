/**
 * Makes the Temporal worker: which workflows and activities it runs and how many at once.
 * The only place that knows both the workflow bundle and the activities.
 */
import { Worker, type NativeConnection, type WorkflowBundle } from '@temporalio/worker';
import type { Activities } from '#activities/index.ts';
import { quickLimits } from '#domain/limits.ts';

/** What a worker needs. */
export interface WorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly bundle: WorkflowBundle;
  readonly activities: Activities;
  /** Milliseconds that attempts under way are given when the worker stops. */
  readonly graceMs: number;
}

/** Attempts under way at once: they wait for receivers, so a slot costs memory and not a core. */
const concurrentAttempts = 500;

/** Workflows kept in memory; what sleeps beyond them is replayed when it wakes. */
const cachedWorkflows = 1000;

/** Makes a worker that is ready to run. */
export function createWorker(options: WorkerOptions): Promise<Worker> {
  const { connection, namespace, taskQueue, bundle, activities, graceMs } = options;
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle: bundle,
    activities,
    maxConcurrentActivityTaskExecutions: concurrentAttempts,
    maxConcurrentWorkflowTaskExecutions: quickLimits.workflowTasks,
    maxConcurrentLocalActivityExecutions: quickLimits.workflowTasks,
    // A group must be able to tell that it is alive every second; the SDK would pass on fewer of its reports.
    maxHeartbeatThrottleInterval: '1 second',
    maxCachedWorkflows: cachedWorkflows,
    workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 1, initial: 2, maximum: 10 },
    activityTaskPollerBehavior: { type: 'autoscaling', minimum: 1, initial: 2, maximum: 20 },
    shutdownGraceTime: graceMs,
    shutdownForceTime: graceMs + 2000,
  });
}
