import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { deliveriesOfGroup, type StartableDelivery } from '#db/queries/start-deliveries.ts';
import { createDispatcher, type Dispatcher } from '#dispatch/dispatcher.ts';
import { createLane, type Lane } from '#dispatch/lane.ts';
import { createStarter, type Starter } from '#dispatch/starter.ts';
import { deliveryWorkflowId, groupWorkflowId } from '#domain/ids.ts';
import { connectTemporal, type TemporalClient } from '#platform/temporal.ts';
import { makeDeliveryRows, makeHookRow, makeRepositoryRow, take } from '../db/records.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { servers } from '../support/servers.ts';
import { makeGate } from '../workflows/stubbed-worker.ts';

describe('starting what was taken', () => {
  let temporal: TemporalClient;
  let database: TestDatabase;
  let dispatcher: Dispatcher;
  let starters: Starter[];

  before(async function () {
    this.timeout(60_000);
    const { temporalAddress } = await servers();
    temporal = connectTemporal({ address: temporalAddress, namespace: 'default' });
    await (await createTestDatabase()).drop();
  });
  after(() => temporal.close());
  beforeEach(async () => {
    database = await createTestDatabase();
    starters = [];
    dispatcher = createDispatcher(temporal, `test-${randomUUID()}`);
  });
  afterEach(async () => {
    await Promise.all(starters.map((starter) => starter.stop()));
    await database.drop();
  });

  const makeDeliveries = async (count: number): Promise<void> => {
    const repository = await makeRepositoryRow(database.pool);
    await makeDeliveryRows(database.pool, repository, await makeHookRow(database.pool, repository), count);
  };
  const statusOf = async (workflowId: string): Promise<string> =>
    (await temporal.client.workflow.getHandle(workflowId).describe()).status.name;

  /** A starter, and what it tells. */
  const begin = (by: Dispatcher) => {
    const told = { recovered: 0, warned: 0 };
    const lane = () => createLane({ width: 2, forgetMs: 60_000, onRoom: () => undefined });
    const lanes = { own: lane(), groups: lane() };
    const starter = createStarter(
      {
        dispatcher: by,
        log: {
          warn: () => {
            told.warned += 1;
          },
        },
        recover: async () => {
          told.recovered += 1;
        },
      },
      lanes,
    );
    starters.push(starter);
    return { starter, lanes, told };
  };

  const runs = (workflowId: string): Promise<true> =>
    eventually(`${workflowId} runs`, async () =>
      (await statusOf(workflowId).catch(() => 'UNKNOWN')) === 'RUNNING' ? true : undefined,
    );
  const hasRoom = (lane: Lane): Promise<true> =>
    eventually('there is room', () => Promise.resolve(lane.room() === 2 || undefined));

  /** Takes a delivery for itself and three for a group, and begins to start them. */
  const startBoth = async (starter: Starter) => {
    await makeDeliveries(1);
    const [own] = (await take(database.pool)) as [StartableDelivery];
    await makeDeliveries(3);
    const groupId = randomUUID();
    const members = await take(database.pool, { threshold: 0, group: { id: groupId, size: 500 } });
    starter.startOwn(own);
    starter.startGroup(groupId, false, members);
    return { groupId, ownId: deliveryWorkflowId(own.id, 0), groupWorkflow: groupWorkflowId(groupId) };
  };

  it('starts a workflow for a delivery and one for a group', async () => {
    const { starter, lanes } = begin(dispatcher);

    const { ownId, groupWorkflow } = await startBoth(starter);

    await Promise.all([runs(ownId), runs(groupWorkflow)]);
    assert.deepEqual([lanes.own.room(), lanes.groups.room()], [1, 1]);
    assert.equal(starter.isPaused(), false);
  });

  it('has room for another group when one has ended', async () => {
    const { starter, lanes } = begin(dispatcher);
    const { groupWorkflow } = await startBoth(starter);
    await runs(groupWorkflow);

    await temporal.client.workflow.getHandle(groupWorkflow).terminate();

    await hasRoom(lanes.groups);
  });

  it('leaves no call behind when it is stopped while a group runs', async () => {
    const own = connectTemporal({ address: (await servers()).temporalAddress, namespace: 'default' });
    const { starter } = begin(createDispatcher(own, `test-${randomUUID()}`));
    const { groupWorkflow } = await startBoth(starter);
    await runs(groupWorkflow);

    await starter.stop();
    await own.close();

    assert.equal(await statusOf(groupWorkflow), 'RUNNING');
  });

  describe('when a start fails', () => {
    /** The dispatcher, its calls under another's control. */
    const dispatcherWith = (around: (start: () => Promise<void>) => Promise<void>): Dispatcher => ({
      ...dispatcher,
      start: (delivery) => around(() => dispatcher.start(delivery)),
      groups: { ...dispatcher.groups, start: (group) => around(() => dispatcher.groups.start(group)) },
    });
    const away = (): Promise<never> => Promise.reject(new Error('UNAVAILABLE'));

    it('takes nothing meanwhile and sees to what must exist', async () => {
      const { starter, told } = begin(dispatcherWith(away));

      await startBoth(starter);
      await eventually('it has seen to it', () => Promise.resolve(told.recovered > 1 || undefined));

      assert.equal(starter.isPaused(), true);
      assert.equal(told.warned, 1);
    });

    it('starts the same again until it has gone well', async () => {
      let calls = 0;
      const { starter } = begin(
        dispatcherWith((start) => {
          calls += 1;
          return calls > 2 ? start() : away();
        }),
      );

      const { ownId, groupWorkflow, groupId } = await startBoth(starter);

      await Promise.all([runs(ownId), runs(groupWorkflow)]);
      await eventually('it goes on', () => Promise.resolve(!starter.isPaused() || undefined));
      assert.equal((await deliveriesOfGroup(database.pool, groupId)).length, 3);
      assert.equal(calls, 4);
    });

    it('takes nothing before it has gone well, however long that takes', async () => {
      const again = makeGate<void>();
      const answered = makeGate<void>();
      let calls = 0;
      const { starter } = begin({
        ...dispatcher,
        start: async () => {
          calls += 1;
          if (calls === 1) return away();
          again.open();
          return answered.wait;
        },
      });

      await startBoth(starter);
      await again.wait;

      assert.equal(starter.isPaused(), true);
      answered.open();
      await eventually('it goes on', () => Promise.resolve(!starter.isPaused() || undefined));
    });

    it('of which only the answer was lost, gives nobody else what its workflows carry', async () => {
      const { starter, told } = begin(
        dispatcherWith(async (start) => {
          await start();
          throw new Error('DEADLINE_EXCEEDED');
        }),
      );

      const { ownId, groupWorkflow, groupId } = await startBoth(starter);
      await eventually('both have failed', () => Promise.resolve(told.recovered > 1 || undefined));

      assert.deepEqual([await statusOf(ownId), await statusOf(groupWorkflow)], ['RUNNING', 'RUNNING']);
      assert.deepEqual(await take(database.pool), []);
      assert.equal((await deliveriesOfGroup(database.pool, groupId)).length, 3);
    });

    it('leaves a delivery that can never be started to the sweeper', async () => {
      const { starter, lanes } = begin({ ...dispatcher, start: away });
      await startBoth(starter);

      await hasRoom(lanes.own);

      assert.deepEqual(await take(database.pool), []);
    });

    it('gives up when it is stopped', async () => {
      const { starter, lanes } = begin(dispatcherWith(away));
      await startBoth(starter);

      await starter.stop();

      assert.deepEqual([lanes.own.room(), lanes.groups.room()], [2, 2]);
    });
  });
});
