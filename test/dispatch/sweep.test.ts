import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { holdDeliveriesOfHook, releaseDeliveriesOfHook } from '#db/queries/switch-hook.ts';
import { deliveriesOfGroup } from '#db/queries/start-deliveries.ts';
import { query } from '#db/query.ts';
import { createDispatcher, type Dispatcher } from '#dispatch/dispatcher.ts';
import { reviveOverdue, wakeHook, wakeRequested, type SweepTimes } from '#dispatch/sweep.ts';
import { deliveryWorkflowId } from '#domain/ids.ts';
import { connectTemporal, type TemporalClient } from '#platform/temporal.ts';
import {
  failedAttempt,
  makeDeliveryRows,
  makeHookRow,
  makeRepositoryRow,
  record,
  rowOf,
  take,
  type DeliveryIds,
  type RepositoryRow,
} from '../db/records.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, sendEvent } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { servers } from '../support/servers.ts';
import { startStubbedWorker, type StubbedWorker } from '../workflows/stubbed-worker.ts';

/** Takes everything at once: what was committed a moment ago and what is due now. */
const atOnce: SweepTimes = { wakeMs: -1000, overdueMs: -1000, leaseMs: 60_000 };

/** Never steps in, so that a test sweeps by hand. */
const never: SweepTimes = { wakeMs: 86_400_000, overdueMs: 86_400_000, leaseMs: 60_000 };

describe('the sweep', () => {
  let temporal: TemporalClient;
  let database: TestDatabase;
  let dispatcher: Dispatcher;
  let repository: RepositoryRow;
  let hookId: string;

  before(async function () {
    this.timeout(60_000);
    const { temporalAddress } = await servers();
    temporal = connectTemporal({ address: temporalAddress, namespace: 'default' });
    await (await createTestDatabase()).drop();
  });
  after(() => temporal.close());
  beforeEach(async () => {
    database = await createTestDatabase();
    dispatcher = createDispatcher(temporal, `test-${randomUUID()}`);
    repository = await makeRepositoryRow(database.pool);
    hookId = await makeHookRow(database.pool, repository);
  });
  afterEach(() => database.drop());

  const deliveries = (count: number) => makeDeliveryRows(database.pool, repository, hookId, count);
  const one = async (): Promise<DeliveryIds> => (await deliveries(1))[0] as DeliveryIds;
  const handleOf = ({ deliveryId }: DeliveryIds) =>
    temporal.client.workflow.getHandle(deliveryWorkflowId(deliveryId, 0));
  const isKnown = (ids: DeliveryIds): Promise<boolean> =>
    handleOf(ids)
      .describe()
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof WorkflowNotFoundError) return false;
          throw error;
        },
      );
  const delivery = ({ deliveryId }: DeliveryIds) => rowOf(database.pool, 'delivery', deliveryId);
  const started = async (count = 1, by = dispatcher): Promise<readonly DeliveryIds[]> => {
    const made = await deliveries(count);
    for (const taken of await take(database.pool)) await by.start(taken);
    return made;
  };
  const endLeases = (): Promise<unknown> =>
    query(database.pool, { text: 'update delivery set claimed_until = null', values: [] });
  const signalsOf = async (ids: DeliveryIds): Promise<readonly unknown[]> => {
    const { events } = await handleOf(ids).fetchHistory();
    return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
      signal
        ? [
            [
              signal.signalName,
              ...(signal.input?.payloads ?? []).map((payload) =>
                defaultPayloadConverter.fromPayload(payload),
              ),
            ],
          ]
        : [],
    );
  };
  /** The dispatcher with one method replaced. */
  const dispatcherWith = (changes: Partial<Dispatcher>): Dispatcher => ({ ...dispatcher, ...changes });

  describe('of what is overdue', () => {
    it('starts the workflow that Temporal does not know', async () => {
      const ids = await one();
      await take(database.pool);
      assert.equal(await isKnown(ids), false);

      assert.equal(await reviveOverdue(database.pool, dispatcher, atOnce), 1);

      assert.equal((await handleOf(ids).describe()).status.name, 'RUNNING');
    });

    it('does not disturb a workflow that runs', async () => {
      const [ids] = (await started()) as [DeliveryIds];
      const { runId } = await handleOf(ids).describe();

      assert.equal(await reviveOverdue(database.pool, dispatcher, atOnce), 1);

      assert.equal((await handleOf(ids).describe()).runId, runId);
      assert.deepEqual(await signalsOf(ids), []);
      assert.equal((await delivery(ids))['state'], 'pending');
    });

    it('looks at the same delivery again only after its lease', async () => {
      await started();

      assert.equal(await reviveOverdue(database.pool, dispatcher, atOnce), 1);
      assert.equal(await reviveOverdue(database.pool, dispatcher, atOnce), 0);
      await endLeases();
      assert.equal(await reviveOverdue(database.pool, dispatcher, atOnce), 1);
    });

    it('cancels the delivery whose workflow somebody terminated', async () => {
      const [terminated, other] = (await started(2)) as [DeliveryIds, DeliveryIds];
      await handleOf(terminated).terminate('by an operator');

      assert.equal(await reviveOverdue(database.pool, dispatcher, atOnce), 2);

      assert.equal((await delivery(terminated))['state'], 'cancelled');
      assert.equal((await delivery(other))['state'], 'pending');
      assert.equal((await handleOf(terminated).describe()).status.name, 'TERMINATED');
    });

    it('leaves what is due later', async () => {
      const [ids] = (await started()) as [DeliveryIds];
      await record(database.pool, failedAttempt(ids));
      await handleOf(ids).terminate();

      assert.equal(await reviveOverdue(database.pool, dispatcher, atOnce), 0);
      assert.equal((await delivery(ids))['state'], 'waiting');
    });

    it('gives back what a group has left behind, and leaves the group that runs alone', async () => {
      const [orphaned, carried] = [randomUUID(), randomUUID()];
      const left = await deliveries(2);
      await take(database.pool, { threshold: 0, group: { id: orphaned, size: 2 } });
      await deliveries(3);
      await take(database.pool, { threshold: 0, group: { id: carried, size: 3 } });
      await dispatcher.groups.start({ groupId: carried, slow: false, size: 3 });

      assert.equal(await reviveOverdue(database.pool, dispatcher, atOnce), 5);

      assert.equal((await deliveriesOfGroup(database.pool, carried)).length, 3);
      assert.deepEqual(
        (await take(database.pool)).map(({ id }) => id),
        left.map(({ deliveryId }) => deliveryId),
      );
      for (const ids of left) assert.equal(await isKnown(ids), false);
    });

    it('starts what was held and never started when its hold is over', async () => {
      const ids = await one();
      await holdDeliveriesOfHook(database.pool, hookId, 14);
      assert.equal(await reviveOverdue(database.pool, dispatcher, atOnce), 0);
      await query(database.pool, { text: `update delivery set due_at = now() - interval '1 s'`, values: [] });

      assert.equal(await reviveOverdue(database.pool, dispatcher, { ...atOnce, overdueMs: 0 }), 1);

      assert.equal(await isKnown(ids), true);
    });

    it('by many at once revives each delivery once', async () => {
      await started(60);
      const revived: string[] = [];
      const counting = dispatcherWith({
        revive: (delivered) => {
          revived.push(delivered.id);
          return dispatcher.revive(delivered);
        },
      });

      await Promise.all(Array.from({ length: 5 }, () => reviveOverdue(database.pool, counting, atOnce)));

      assert.equal(revived.length, 60);
      assert.equal(new Set(revived).size, 60);
    });
  });

  describe('of what is to be woken', () => {
    const release = async (): Promise<void> => {
      await holdDeliveriesOfHook(database.pool, hookId, 14);
      await releaseDeliveriesOfHook(database.pool, hookId);
    };

    it('signals the workflow that runs with the attempt that comes next', async () => {
      const [fresh, failed] = (await started(2)) as [DeliveryIds, DeliveryIds];
      await record(database.pool, failedAttempt(failed));
      await release();

      await wakeHook(database.pool, dispatcher, hookId);

      assert.deepEqual(await signalsOf(fresh), [['retryNow', 1]]);
      assert.deepEqual(await signalsOf(failed), [['retryNow', 2]]);
      assert.equal(await wakeRequested(database.pool, dispatcher, atOnce), 0);
    });

    it('starts the workflow that Temporal does not know', async () => {
      const ids = await one();
      await take(database.pool);
      await release();

      assert.equal(await wakeRequested(database.pool, dispatcher, atOnce), 1);

      assert.deepEqual(await signalsOf(ids), [['retryNow', 1]]);
    });

    it('leaves other hooks alone when one is woken', async () => {
      await started();
      await release();

      await wakeHook(database.pool, dispatcher, randomUUID());

      assert.equal(await wakeRequested(database.pool, dispatcher, atOnce), 1);
    });

    it('cancels the delivery whose workflow somebody terminated', async () => {
      const [ids] = (await started()) as [DeliveryIds];
      await handleOf(ids).terminate();
      await release();

      await wakeRequested(database.pool, dispatcher, atOnce);

      assert.equal((await delivery(ids))['state'], 'cancelled');
    });
  });

  describe('of a workflow that has closed although its delivery goes on', () => {
    let worker: StubbedWorker;

    before(async function () {
      this.timeout(60_000);
      worker = await startStubbedWorker();
    });
    after(() => worker.stop());

    it('starts it anew', async () => {
      const own = createDispatcher(worker.temporal, worker.taskQueue);
      const [ids] = (await started(1, own)) as [DeliveryIds];
      await handleOf(ids).result();
      const { runId } = await handleOf(ids).describe();

      assert.equal(await reviveOverdue(database.pool, own, atOnce), 1);
      await handleOf(ids).result();

      assert.notEqual((await handleOf(ids).describe()).runId, runId);
    });

    it('cancels the delivery when the workflow was cancelled', async () => {
      const own = createDispatcher(worker.temporal, worker.taskQueue);
      const ids = await one();
      const waiting = await worker.deliver(
        { attempts: [{ kind: 'held', expiresInMs: 3_600_000 }] },
        0,
        ids.deliveryId,
      );
      await waiting.until('held', ({ state }) => state === 'held');
      await waiting.handle.cancel();
      await assert.rejects(waiting.handle.result());
      await take(database.pool);

      await reviveOverdue(database.pool, own, atOnce);

      assert.equal((await delivery(ids))['state'], 'cancelled');
    });
  });
});

describe('a delivery that Temporal has forgotten', () => {
  let holdfast: TestHoldfast;
  let receiver: Receiver;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startHoldfast({ sweepTimes: never });
    receiver = await startReceiver();
  });
  after(async () => {
    await receiver.stop();
    await holdfast.stop();
  });

  it('goes on at the attempt that is due, and repeats none', async () => {
    const { database, temporal, config } = holdfast;
    receiver.answer(500, 200);
    const repository = await makeRepository(holdfast);
    await makeHook(holdfast, repository, { url: receiver.url, events: ['star.added'], schedule: [3600] });
    const event = await sendEvent(holdfast, repository);
    const deliveryId = event.deliveries[0]?.id as string;
    await eventually('the first attempt is on record', async () => {
      const { state } = await rowOf(database.pool, 'delivery', deliveryId);
      return state === 'waiting' ? true : undefined;
    });
    const handle = temporal.client.workflow.getHandle(deliveryWorkflowId(deliveryId, 0));
    await temporal.client.workflowService.deleteWorkflowExecution({
      namespace: config.temporal.namespace,
      workflowExecution: { workflowId: handle.workflowId },
    });
    await eventually('Temporal has forgotten it', () =>
      handle.describe().then(
        () => undefined,
        (error: unknown) => (error instanceof WorkflowNotFoundError ? true : undefined),
      ),
    );
    await database.pool.query(`update delivery set due_at = now() - interval '1 s' where id = $1`, [
      deliveryId,
    ]);

    const dispatcher = createDispatcher(temporal, config.temporal.taskQueue);
    assert.equal(await reviveOverdue(database.pool, dispatcher, { ...atOnce, overdueMs: 0 }), 1);
    await receiver.arrived(2);
    assert.deepEqual(await handle.result(), { state: 'delivered' });

    assert.equal(receiver.arrivals.length, 2);
    const { rows } = await database.pool.query<{ attempt: number; outcome: string }>(
      'select attempt, outcome from attempt where delivery_id = $1 order by attempt',
      [deliveryId],
    );
    assert.deepEqual(rows, [
      { attempt: 1, outcome: 'http_5xx' },
      { attempt: 2, outcome: 'delivered' },
    ]);
  });
});
