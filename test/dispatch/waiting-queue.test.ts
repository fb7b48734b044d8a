import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { deliveriesOfGroup } from '#db/queries/start-deliveries.ts';
import { createDispatcher, type Dispatcher } from '#dispatch/dispatcher.ts';
import { createWaitingQueue, type WaitingQueue } from '#dispatch/waiting-queue.ts';
import { groupLimits } from '#domain/limits.ts';
import { connectTemporal, type TemporalClient } from '#platform/temporal.ts';
import { makeDeliveryRows, makeHookRow, makeRepositoryRow } from '../db/records.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { servers } from '../support/servers.ts';

describe('the queue of what waits', () => {
  let temporal: TemporalClient;
  let database: TestDatabase;
  let queue: WaitingQueue;
  let running: Promise<void>;

  before(async function () {
    this.timeout(60_000);
    const { temporalAddress } = await servers();
    temporal = connectTemporal({ address: temporalAddress, namespace: 'default' });
    database = await createTestDatabase();
  });
  after(async () => {
    await database.drop();
    await temporal.close();
  });
  afterEach(async () => {
    queue.stop();
    await running;
  });

  it('carries others while its groups are busy with what one hook has waiting', async function () {
    this.timeout(60_000);
    const repository = await makeRepositoryRow(database.pool);
    const many = await makeHookRow(database.pool, repository);
    await makeDeliveryRows(database.pool, repository, many, 1000);
    await makeDeliveryRows(database.pool, repository, many, 1000);
    const other = await makeRepositoryRow(database.pool);
    const otherHook = await makeHookRow(database.pool, other);
    const groups: string[] = [];
    // Nobody works on this task queue: no group comes to its end.
    const dispatcher = createDispatcher(temporal, `test-${randomUUID()}`);
    const noting: Dispatcher = {
      ...dispatcher,
      groups: {
        ...dispatcher.groups,
        start: (group) => {
          groups.push(group.groupId);
          return dispatcher.groups.start(group);
        },
      },
    };
    queue = createWaitingQueue({
      database: database.pool,
      dispatcher: noting,
      log: { warn: () => undefined },
      recover: () => Promise.resolve(),
      groupThreshold: 50,
      slow: false,
    });
    running = queue.run();
    await eventually('the groups are busy', () =>
      Promise.resolve(groups.length === groupLimits.underWay || undefined),
    );

    const [made] = await makeDeliveryRows(database.pool, other, otherHook, 1);
    queue.noteWaiting();
    await eventually('a group is begun beside them', () =>
      Promise.resolve(groups.length > groupLimits.underWay || undefined),
    );

    const [beside] = groups.slice(groupLimits.underWay) as [string];
    const carried = await deliveriesOfGroup(database.pool, beside);
    assert.deepEqual(
      carried.map(({ id }) => id),
      [made?.deliveryId],
    );
  });
});
