import assert from 'node:assert/strict';
import {
  claimDeliveries,
  noteWoken,
  type ClaimKind,
  type ClaimOptions,
} from '#db/queries/sweep-deliveries.ts';
import { holdDeliveriesOfHook, releaseDeliveriesOfHook } from '#db/queries/switch-hook.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  failedAttempt,
  makeDeliveryRows,
  makeHookRow,
  makeRepositoryRow,
  record,
  success,
  take,
  type DeliveryIds,
  type RepositoryRow,
} from './records.ts';

const everything: ClaimOptions = { graceMs: -1000, leaseMs: 60_000, limit: 1000, hookId: null };

describe('claims', () => {
  let database: TestDatabase;
  let repository: RepositoryRow;
  let hookId: string;

  before(async function () {
    this.timeout(60_000);
    await (await createTestDatabase()).drop();
  });
  beforeEach(async () => {
    database = await createTestDatabase();
    repository = await makeRepositoryRow(database.pool);
    hookId = await makeHookRow(database.pool, repository);
  });
  afterEach(() => database.drop());

  const claim = (kind: ClaimKind, changes: Partial<ClaimOptions> = {}) =>
    claimDeliveries(database.pool, kind, { ...everything, ...changes });
  const deliveries = (count: number) => makeDeliveryRows(database.pool, repository, hookId, count);
  const idsOf = (claimed: readonly { readonly id: string }[]): readonly string[] =>
    claimed.map(({ id }) => id);
  const started = async (count: number): Promise<readonly DeliveryIds[]> => {
    const made = await deliveries(count);
    await take(database.pool);
    return made;
  };
  const change = (assignment: string): Promise<unknown> =>
    query(database.pool, { text: `update delivery set ${assignment}`, values: [] });

  describe('of overdue deliveries', () => {
    it('answer the attempt that is due', async () => {
      const [delivery] = await started(1);
      await record(database.pool, failedAttempt(delivery as DeliveryIds, { waitMs: 0 }));

      const [claimed] = await claim('overdue');

      assert.equal(claimed?.id, delivery?.deliveryId);
      assert.equal(claimed?.nextAttempt, 2);
    });

    it('leave what is not due, not started, or has ended', async () => {
      const [waiting, ended] = await started(2);
      await record(database.pool, failedAttempt(waiting as DeliveryIds));
      await record(database.pool, failedAttempt(ended as DeliveryIds, success));
      await deliveries(1);

      assert.deepEqual(await claim('overdue'), []);
    });

    it('wait for the grace to be over', async () => {
      const [delivery] = await started(1);

      assert.deepEqual(await claim('overdue', { graceMs: 20_000 }), []);
      await change(`due_at = now() - interval '21 s'`);
      assert.deepEqual(await claim('overdue', { graceMs: 20_000 }), []);
      await change(`started_at = now() - interval '21 s'`);
      assert.deepEqual(idsOf(await claim('overdue', { graceMs: 20_000 })), [delivery?.deliveryId]);
    });

    it('last for their lease and no longer', async () => {
      await started(1);

      assert.equal((await claim('overdue')).length, 1);
      assert.equal((await claim('overdue')).length, 0);
      await change(`claimed_until = now() - interval '1 ms'`);
      assert.equal((await claim('overdue')).length, 1);
    });

    it('take those of one hook only when asked so', async () => {
      const other = await makeHookRow(database.pool, repository);
      await started(2);
      await query(database.pool, { text: 'update delivery set started_at = now()', values: [] });

      const claimed = await claim('overdue', { hookId: other });

      assert.equal(claimed.length, 2);
      assert.ok(claimed.every((delivery) => delivery.hookId === other));
    });

    it('of many claimers at once never hold one delivery twice, and miss none', async () => {
      await started(200);

      const rounds = await Promise.all(Array.from({ length: 10 }, () => claim('overdue', { limit: 40 })));
      const rest = await claim('overdue');

      const claimed = [...rounds.flat(), ...rest].map(({ id }) => id);
      assert.equal(new Set(claimed).size, 200);
      assert.equal(claimed.length, 200);
    });
  });

  describe('of deliveries to be woken', () => {
    const released = async (count: number): Promise<readonly DeliveryIds[]> => {
      const made = await started(count);
      await holdDeliveriesOfHook(database.pool, hookId, 14);
      await releaseDeliveriesOfHook(database.pool, hookId);
      return made;
    };

    it('take what was released from its hold, with the attempt that comes next', async () => {
      const [fresh, failed] = await started(2);
      await record(database.pool, failedAttempt(failed as DeliveryIds));
      await holdDeliveriesOfHook(database.pool, hookId, 14);

      assert.deepEqual(await claim('to_wake'), []);
      await releaseDeliveriesOfHook(database.pool, hookId);

      assert.deepEqual(
        (await claim('to_wake')).map(({ id, nextAttempt }) => ({ id, nextAttempt })),
        [
          { id: fresh?.deliveryId, nextAttempt: 1 },
          { id: failed?.deliveryId, nextAttempt: 2 },
        ],
      );
    });

    it('leave what was never started, which waits to be started instead', async () => {
      const made = await deliveries(1);
      await holdDeliveriesOfHook(database.pool, hookId, 14);
      assert.deepEqual(await take(database.pool), []);
      await releaseDeliveriesOfHook(database.pool, hookId);

      assert.deepEqual(await claim('to_wake'), []);
      assert.deepEqual(
        idsOf(await take(database.pool)),
        made.map(({ deliveryId }) => deliveryId),
      );
    });

    it('end with the note that they were woken', async () => {
      await released(2);

      await noteWoken(database.pool, idsOf(await claim('to_wake')));

      assert.deepEqual(await claim('to_wake'), []);
    });

    it('come again for a delivery that was held and released once more while it was being woken', async () => {
      const [delivery] = await released(1);
      const claimed = await claim('to_wake');
      await holdDeliveriesOfHook(database.pool, hookId, 14);
      await releaseDeliveriesOfHook(database.pool, hookId);

      await noteWoken(database.pool, idsOf(claimed));

      assert.deepEqual(idsOf(await claim('to_wake')), [delivery?.deliveryId]);
    });
  });
});
