/**
 * Makes the Temporal worker: which workflows and activities it runs and how many at once.
 * The only place that knows both the workflow bundle and the activities.
 */
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type NativeConnection,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import type { Activities } from '#activities/index.ts';

/** What a worker needs. */
export interface WorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly bundle: WorkflowBundleWithSourceMap;
  readonly activities: Activities;
  /** Milliseconds that attempts under way are given when the worker stops. */
  readonly graceMs: number;
}

/** Attempts under way at once: they wait for receivers, so a slot costs memory and not a core. */
const concurrentAttempts = 500;

/** Workflows kept in memory; what sleeps beyond them is replayed when it wakes. */
const cachedWorkflows = 1000;

/** Bundles the workflows; a second or two, once a process. The bundler's own lines are of no interest unless it fails. */
export function bundleWorkflows(): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });
}

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
    maxCachedWorkflows: cachedWorkflows,
    workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 1, initial: 2, maximum: 10 },
    activityTaskPollerBehavior: { type: 'autoscaling', minimum: 1, initial: 2, maximum: 20 },
    shutdownGraceTime: graceMs,
    shutdownForceTime: graceMs + 2000,
  });
}
