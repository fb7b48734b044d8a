/**
 * Starts the engine: activities with their transport, the Temporal worker, the starting of what waits, the sweeper;
 * stops them in order.
 * Used by the worker process and by the one that runs everything.
 */
import type { WorkflowBundle } from '@temporalio/worker';
import { createAdmission } from '#activities/admission/admission.ts';
import { createAttemptMemory } from '#activities/attempt-memory.ts';
import { createActivities } from '#activities/index.ts';
import { createQuickGate } from '#activities/quick-gate.ts';
import { createReceiverPace } from '#activities/receiver-pace.ts';
import type { Database } from '#db/orm.ts';
import { createDispatcher } from '#dispatch/dispatcher.ts';
import { dispatchWaiting } from '#dispatch/dispatch-waiting.ts';
import type { SweepTimes } from '#dispatch/sweep.ts';
import { searchAttributes } from '#domain/ids.ts';
import { createIntake } from '#intake/accept.ts';
import { buildNumber } from '#platform/build-number.ts';
import type { Config } from '#platform/config.ts';
import { createExpressions } from '#platform/expressions/expressions.ts';
import type { Log } from '#platform/log.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import { ensureSearchAttributes, type TemporalClient } from '#platform/temporal.ts';
import { createTransports } from './create-transports.ts';
import { runWorker } from './run-worker.ts';
import { startSweeper } from './sweeper.ts';

/** What the engine needs. */
export interface EngineOptions {
  readonly config: Config;
  readonly database: Database;
  readonly temporal: TemporalClient;
  readonly log: Log;
  /** The workflows, bundled; bundling takes a while and may be begun before Temporal is there. */
  readonly bundle: Promise<WorkflowBundle>;
  /** Milliseconds that attempts under way are given when the engine stops. */
  readonly graceMs: number;
  readonly sweepTimes?: SweepTimes;
}

/** A running engine. */
export interface RunningEngine {
  /** Resolves when the worker polls for the first time. */
  readonly ready: Promise<void>;
  readonly isRunning: () => boolean;
  /** Tells it that deliveries wait to be started. Never throws. */
  readonly noteWaiting: () => void;
  readonly stop: () => Promise<void>;
}

/** Starts the engine. Temporal may still be away: the worker waits for it. */
export async function startEngine(options: EngineOptions): Promise<RunningEngine> {
  const { config, database, temporal, log, graceMs, sweepTimes } = options;
  const prepare = () => ensureSearchAttributes(temporal, Object.keys(searchAttributes));
  const transports = createTransports(config);
  const expressions = createExpressions();
  const draining = new AbortController();
  const pace = createReceiverPace();
  const noteWaiting = () => waiting.noteWaiting();
  const admission = createAdmission({ database: database.pool, pace, onCalled: noteWaiting });
  const activities = createActivities({
    database: database.pool,
    memory: createAttemptMemory(database.pool, config.holdDays),
    transports,
    expressions,
    build: buildNumber(),
    pace,
    admission,
    gate: createQuickGate(pace),
    secrets: createSecretBox(config.encryptionKeys),
    holdDays: config.holdDays,
    log,
    leave: (delivery, report) => dispatcher.start(delivery, report),
    wake: (delivery) => dispatcher.wake(delivery),
    intake: createIntake(database.pool, config.holdDays),
    onAccepted: noteWaiting,
    onBegin: (deliveryId) => waiting.noteBegun(deliveryId),
    onIdle: (groupId) => waiting.noteIdle(groupId),
    onTurn: noteWaiting,
    draining: draining.signal,
  });
  const worker = runWorker({
    temporal: config.temporal,
    bundle: await options.bundle,
    activities,
    graceMs,
    log,
    prepare,
  });
  const dispatcher = createDispatcher(temporal, config.temporal.taskQueue, worker.nearby);
  const waiting = dispatchWaiting({
    database: database.pool,
    dispatcher,
    log,
    groupThreshold: config.groupThreshold,
    recover: prepare,
  });
  const sweeper = startSweeper({
    pool: database.pool,
    dispatcher,
    log,
    retentionDays: config.retentionDays,
    recover: prepare,
    onWaiting: waiting.noteWaiting,
    ...(sweepTimes === undefined ? {} : { times: sweepTimes }),
  });
  return {
    ready: worker.ready,
    isRunning: worker.isRunning,
    noteWaiting: waiting.noteWaiting,
    stop: async () => {
      draining.abort();
      await waiting.stop();
      await Promise.all([sweeper.stop(), worker.stop()]);
      await Promise.all([transports.http.close(), transports.smtp?.close(), transports.irc.close()]);
      await Promise.all([expressions.close(), admission.close()]);
    },
  };
}
