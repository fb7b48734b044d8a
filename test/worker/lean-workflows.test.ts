import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { WorkflowNotFoundError } from '@temporalio/client';
import { connectTemporal, type TemporalClient } from '#platform/temporal.ts';
import { retryNowSignal, stateQuery } from '#workflows/messages.ts';
import { startChild, type Child } from '../deploy/child.ts';
import { eventually } from '../support/eventually.ts';
import { servers } from '../support/servers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const preload = fileURLToPath(new URL('../../worker/lean-workflows.ts', import.meta.url));

/** Runs a script of this folder as production runs its processes. */
function run(script: string, env: NodeJS.ProcessEnv): Child {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return startChild([process.execPath, '--import', preload, path], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
}

describe('the threads that run workflows', function () {
  this.timeout(90_000);

  const all = { watchdog: true, promiseHooks: true };
  const none = { watchdog: false, promiseHooks: false };
  for (const [value, thread] of [
    [undefined, none],
    ['', none],
    ['false', none],
    ['true', all],
    ['1', all],
  ] as const) {
    it(`have ${thread.watchdog ? 'both safeguards' : 'neither safeguard'} when the switch is ${value === undefined ? 'absent' : `'${value}'`}, and the main thread both`, async () => {
      const env = value === undefined ? {} : { HOLDFAST_WORKFLOW_SAFEGUARDS: value };

      const { code, output } = await run('./threads.ts', env).ended;

      assert.equal(code, 0, output);
      assert.deepEqual(JSON.parse(output), { main: all, thread });
    });
  }

  describe('in a worker', () => {
    let temporal: TemporalClient;
    let temporalAddress: string;

    before(async () => {
      ({ temporalAddress } = await servers());
      temporal = connectTemporal({ address: temporalAddress, namespace: 'default' });
    });
    after(() => temporal.close());

    /** Runs a worker while a test looks at it. */
    const withWorker = async (
      env: NodeJS.ProcessEnv,
      look: (taskQueue: string) => Promise<void>,
    ): Promise<void> => {
      const taskQueue = `test-${randomUUID()}`;
      const child = run('./worker-process.ts', {
        TEMPORAL_ADDRESS: temporalAddress,
        TEMPORAL_TASK_QUEUE: taskQueue,
        ...env,
      });
      try {
        await look(taskQueue);
      } finally {
        await child.stop(20_000);
      }
    };

    /** Runs a delivery to its end and answers what Temporal's UI would show as its call stack while it waited. */
    const deliver = async (taskQueue: string): Promise<string> => {
      const deliveryId = randomUUID();
      const handle = await temporal.client.workflow.start('deliverEvent', {
        workflowId: `delivery/${deliveryId}`,
        taskQueue,
        args: [{ v: 1, deliveryId, run: 0 }],
      });
      await eventually(
        'it waits',
        async () => {
          const live = await handle.query(stateQuery).catch(() => undefined);
          return live?.state === 'waiting' ? true : undefined;
        },
        60_000,
      );
      const stack = await handle.query<string>('__stack_trace').catch(String);
      await handle.signal(retryNowSignal, 2);
      assert.deepEqual(await handle.result(), { state: 'delivered' });
      return stack;
    };

    it('deliver without safeguards, and tell no call stack', async () => {
      await withWorker({}, async (taskQueue) => {
        assert.match(await deliver(taskQueue), /stack traces are not enabled/);
      });
    });

    it('deliver with safeguards, tell the call stack, and are stopped in an endless loop', async () => {
      await withWorker({ HOLDFAST_WORKFLOW_SAFEGUARDS: 'true' }, async (taskQueue) => {
        assert.match(await deliver(taskQueue), /deliverEvent|deliver-event/);
        const handle = await temporal.client.workflow.start('loopForever', {
          workflowId: `loop-${randomUUID()}`,
          taskQueue,
        });

        const failure = await eventually('its task fails', async () => {
          const { events } = await handle.fetchHistory();
          return events?.flatMap(
            (event) => event.workflowTaskFailedEventAttributes?.failure?.message ?? [],
          )[0];
        });

        assert.match(failure, /timed out/i);
        await handle.terminate().catch((error: unknown) => assert.ok(error instanceof WorkflowNotFoundError));
      });
    });
  });
});
