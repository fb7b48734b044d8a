/**
 * Worker processes as production runs them (`worker/main.ts`), beside the API of a test's Holdfast: on its database and
 * its task queue. Each is stopped by its pid.
 */
import { fileURLToPath } from 'node:url';
import { startChild, type Child, type Ending } from '../deploy/child.ts';
import { eventually } from './eventually.ts';
import type { TestHoldfast } from './holdfast.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How long a worker may take until it polls, on a machine that does much else. */
const readyMs = 60_000;

/** Starts worker processes. */
export interface ProductionWorkers {
  /** Starts one and waits until it polls. */
  readonly start: () => Promise<Child>;
  /** Stops those that still run. */
  readonly stop: () => Promise<readonly Ending[]>;
}

/** Makes it for a Holdfast whose engine is off; `encryptionKeys` is what it was started with. */
export function createProductionWorkers(holdfast: TestHoldfast, encryptionKeys: string): ProductionWorkers {
  const { temporal, taskQueue } = { ...holdfast.config, ...holdfast.config.temporal };
  const children: Child[] = [];

  /** Identities of the workers that poll the task queue; an identity begins with the pid. */
  const pollers = async (): Promise<readonly string[]> => {
    const { namespace } = temporal;
    const { pollers: found } = await holdfast.temporal.client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: 1,
    });
    return (found ?? []).map(({ identity }) => identity ?? '');
  };

  return {
    start: async () => {
      const child = startChild(
        [process.execPath, '--import', './worker/lean-workflows.ts', 'worker/main.ts'],
        {
          cwd: root,
          env: {
            PATH: process.env['PATH'],
            HOME: process.env['HOME'],
            NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
            DATABASE_URL: holdfast.config.databaseUrl,
            TEMPORAL_ADDRESS: temporal.address,
            TEMPORAL_TASK_QUEUE: taskQueue,
            HOLDFAST_ENCRYPTION_KEYS: encryptionKeys,
            HOLDFAST_ALLOW_TARGETS: '127.0.0.0/8',
            HOLDFAST_LOG_LEVEL: process.env['HOLDFAST_LOG_LEVEL'] ?? 'warn',
          },
        },
      );
      children.push(child);
      const polls = eventually(
        `worker ${child.pid} polls`,
        async () => ((await pollers()).some((name) => name.startsWith(`${child.pid}@`)) ? true : undefined),
        readyMs,
      );
      await Promise.race([
        polls,
        child.ended.then(({ output }) => Promise.reject(new Error(`It ended:\n${output}`))),
      ]);
      return child;
    },
    stop: () => Promise.all(children.map((child) => child.stop(60_000))),
  };
}
