import assert from 'node:assert/strict';
import { holdDelivery } from '#db/queries/hold-delivery.ts';
import { settleDelivery } from '#db/queries/settle-delivery.ts';
import { releaseDeliveriesOfHook } from '#db/queries/switch-hook.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import {
  countOf,
  failedAttempt,
  makeDeliveryRow,
  makeHookRow,
  makeRepositoryRow,
  record,
  rowOf,
  success,
  type DeliveryIds,
} from './records.ts';

const dayMs = 86_400_000;

describe('ending a delivery without an attempt', () => {
  let database: TestDatabase;
  let ids: DeliveryIds;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());
  beforeEach(async () => {
    const repository = await makeRepositoryRow(database.pool);
    ids = await makeDeliveryRow(database.pool, repository, await makeHookRow(database.pool, repository));
  });

  const settle = (state: 'cancelled' | 'expired', run = 0) =>
    settleDelivery(database.pool, ids.deliveryId, run, state);
  const row = () => rowOf(database.pool, 'delivery', ids.deliveryId);
  const change = (assignment: string): Promise<unknown> =>
    query(database.pool, {
      text: `update delivery set ${assignment} where id = $1`,
      values: [ids.deliveryId],
    });
  const deactivateHook = (): Promise<unknown> =>
    query(database.pool, { text: 'update hook set active = false where id = $1', values: [ids.hookId] });

  it('cancels it from any state in which it goes on', async () => {
    for (const state of ["'pending'", "'waiting'", "'held', held_at = now()"]) {
      await change(`state = ${state}, settled_at = null`);

      assert.equal(await settle('cancelled'), 'cancelled');

      const { state: after, settled_at: settledAt, due_at: dueAt, held_at: heldAt } = await row();
      assert.deepEqual([after, settledAt instanceof Date, dueAt, heldAt], ['cancelled', true, null, null]);
    }
  });

  it('keeps the end that it has', async () => {
    await record(database.pool, failedAttempt(ids, success));
    const before = await row();

    assert.equal(await settle('cancelled'), 'delivered');
    assert.equal(await settle('expired'), 'delivered');
    assert.deepEqual(await row(), before);
  });

  it('changes nothing the second time', async () => {
    await settle('cancelled');
    const before = await row();

    assert.equal(await settle('cancelled'), 'cancelled');
    assert.deepEqual(await row(), before);
  });

  it('expires it when its hold is over', async () => {
    await change(`state = 'held', held_at = now() - interval '14 days', due_at = now()`);

    assert.equal(await settle('expired'), 'expired');
    assert.equal((await row())['state'], 'expired');
  });

  it('does not expire it while its hold lasts', async () => {
    await change(`state = 'held', held_at = now(), due_at = now() + interval '1 day'`);

    assert.equal(await settle('expired'), 'held');
  });

  it('does not expire it when it is held no longer', async () => {
    assert.equal(await settle('expired'), 'pending');
  });

  it('answers nothing, and changes nothing, when asked by a run that is over', async () => {
    await change('run = 1');
    const before = await row();

    assert.equal(await settle('cancelled', 0), undefined);
    assert.deepEqual(await row(), before);
  });

  it('answers nothing when there is no such delivery', async () => {
    await query(database.pool, { text: 'delete from delivery where id = $1', values: [ids.deliveryId] });

    assert.equal(await settle('cancelled'), undefined);
  });

  describe('and holding it', () => {
    it('holds it while its hook is not active, for the days of a hold', async () => {
      await deactivateHook();

      const expiresInMs = await holdDelivery(database.pool, ids.deliveryId, 0, 14);

      assert.equal(expiresInMs, 14 * dayMs);
      assert.equal((await row())['state'], 'held');
    });

    it('leaves it held since when it was', async () => {
      await deactivateHook();
      await change(`state = 'held', held_at = now() - interval '10 days'`);

      const expiresInMs = await holdDelivery(database.pool, ids.deliveryId, 0, 14);

      assert.ok(Math.abs((expiresInMs as number) - 4 * dayMs) < 5000, String(expiresInMs));
    });

    it('says that no time is left when the hold is over', async () => {
      await deactivateHook();
      await change(`state = 'held', held_at = now() - interval '15 days'`);

      assert.equal(await holdDelivery(database.pool, ids.deliveryId, 0, 14), 0);
    });

    for (const [title, hold] of [
      ['before an attempt', () => holdDelivery(database.pool, ids.deliveryId, 0, 14)],
      ['after an attempt made by hand', () => record(database.pool, failedAttempt(ids, { counts: false }))],
    ] as const) {
      it(`never leaves it held ${title} for a hook that is turned on at the same moment`, async () => {
        await deactivateHook();
        const switching = await database.pool.connect();
        try {
          await switching.query('begin');
          await switching.query('update hook set active = true where id = $1', [ids.hookId]);
          const held = hold();
          await eventually('who holds waits for who turns the hook on', async () =>
            (await countOf(database.pool, 'pg_locks', 'not granted')) > 0 ? true : undefined,
          );
          await releaseDeliveriesOfHook(switching, ids.hookId);
          await switching.query('commit');
          await held;
        } finally {
          switching.release();
        }

        assert.notEqual((await row())['state'], 'held');
      });
    }

    it('does not hold it when its hook is active, when it has ended, or for another run', async () => {
      assert.equal(await holdDelivery(database.pool, ids.deliveryId, 0, 14), undefined);
      await deactivateHook();
      assert.equal(await holdDelivery(database.pool, ids.deliveryId, 1, 14), undefined);
      await settle('cancelled');
      assert.equal(await holdDelivery(database.pool, ids.deliveryId, 0, 14), undefined);
      assert.equal((await row())['state'], 'cancelled');
    });
  });
});
