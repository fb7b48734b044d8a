/**
 * Keeps a Temporal worker running: waits for Temporal to be there, and makes a new worker when one ends by a fault.
 * Ends only when it is told to, and then lets the attempts under way finish.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { NativeConnection, type Worker, type WorkflowBundle } from '@temporalio/worker';
import type { Activities } from '#activities/index.ts';
import type { Log } from '#platform/log.ts';
import { callsOver, type TemporalAddress, type TemporalCalls } from '#platform/temporal.ts';
import { createWorker } from './create-worker.ts';

/** What running a worker needs. */
export interface RunOptions {
  readonly temporal: TemporalAddress & { readonly taskQueue: string };
  readonly bundle: WorkflowBundle;
  readonly activities: Activities;
  readonly graceMs: number;
  readonly log: Log;
  /** Run each time before a worker begins: what must exist in Temporal. */
  readonly prepare: () => Promise<void>;
}

/** A worker that runs. */
export interface RunningWorker {
  /** Resolves when it polls for the first time. */
  readonly ready: Promise<void>;
  /** True while it polls. */
  readonly isRunning: () => boolean;
  /** Calls over the worker's own connection, while it polls. */
  readonly nearby: () => TemporalCalls | undefined;
  readonly stop: () => Promise<void>;
}

const firstPauseMs = 200;
const longestPauseMs = 5000;

/** Starts a worker and keeps it running. */
export function runWorker(options: RunOptions): RunningWorker {
  const { temporal, log } = options;
  const stopping = new AbortController();
  let worker: Worker | undefined;
  let calls: TemporalCalls | undefined;
  let announceReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    announceReady = resolve;
  });

  const runOnce = async (): Promise<void> => {
    const connection = await NativeConnection.connect({ address: temporal.address });
    try {
      await options.prepare();
      worker = await createWorker({
        connection,
        namespace: temporal.namespace,
        taskQueue: temporal.taskQueue,
        bundle: options.bundle,
        activities: options.activities,
        graceMs: options.graceMs,
      });
      const running = worker.run();
      calls = callsOver(connection, temporal.namespace);
      announceReady();
      if (stopping.signal.aborted) worker.shutdown();
      await running;
    } finally {
      worker = undefined;
      calls = undefined;
      await connection.close();
    }
  };

  const loop = (async () => {
    let pauseMs = firstPauseMs;
    while (!stopping.signal.aborted) {
      const startedAt = Date.now();
      try {
        await runOnce();
      } catch (error) {
        log.warn({ err: error, pauseMs }, 'worker.ended');
      }
      if (stopping.signal.aborted) return;
      pauseMs = Date.now() - startedAt > 60_000 ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs);
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    ready,
    isRunning: () => worker?.getState() === 'RUNNING',
    nearby: () => (worker?.getState() === 'RUNNING' ? calls : undefined),
    stop: async () => {
      stopping.abort();
      if (worker?.getState() === 'RUNNING') worker.shutdown();
      await loop;
    },
  };
}
