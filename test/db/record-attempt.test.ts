import assert from 'node:assert/strict';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  countOf,
  failedAttempt,
  gone,
  lastFailure,
  makeDeliveryRow,
  makeDeliveryRows,
  makeHookRow,
  makeRepositoryRow,
  record,
  rowOf,
  success,
  type DeliveryIds,
  type HookColumns,
  type RepositoryRow,
} from './records.ts';

const dayMs = 86_400_000;

describe('recording an attempt', () => {
  let database: TestDatabase;
  let repository: RepositoryRow;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());
  beforeEach(async () => {
    repository = await makeRepositoryRow(database.pool);
  });

  const hookWith = (columns?: HookColumns) => makeHookRow(database.pool, repository, columns);
  const hook = (id: string) => rowOf(database.pool, 'hook', id);
  const delivery = ({ deliveryId }: DeliveryIds) => rowOf(database.pool, 'delivery', deliveryId);
  const deliveries = (hookId: string, count: number) =>
    makeDeliveryRows(database.pool, repository, hookId, count);
  /** One delivery of a new hook. */
  const one = async (columns?: HookColumns): Promise<DeliveryIds> =>
    makeDeliveryRow(database.pool, repository, await hookWith(columns));
  const attemptsOf = ({ deliveryId }: DeliveryIds) =>
    query(database.pool, {
      text: 'select * from attempt where delivery_id = $1 order by run, attempt',
      values: [deliveryId],
    });

  /** Milliseconds from the database's present to a moment. */
  const fromNow = async (moment: unknown): Promise<number> => {
    const [row] = await query<{ now: Date }>(database.pool, { text: 'select now() as now', values: [] });
    return (moment as Date).getTime() - (row as { now: Date }).now.getTime();
  };

  describe('that failed', () => {
    it('moves the delivery to its next attempt and keeps what happened', async () => {
      const ids = await one();

      assert.equal(await record(database.pool, failedAttempt(ids, { interrupted: true })), 'waiting');

      const row = await delivery(ids);
      assert.equal(row['state'], 'waiting');
      assert.equal(row['attempts'], 1);
      assert.equal(row['settled_at'], null);
      const dueInMs = await fromNow(row['due_at']);
      assert.ok(dueInMs > 55_000 && dueInMs <= 60_000, String(dueInMs));
      const [attempt] = await attemptsOf(ids);
      assert.equal(attempt?.['outcome'], 'http_5xx');
      assert.equal(attempt?.['status_code'], 503);
      assert.equal(attempt?.['delivered'], false);
      assert.equal(attempt?.['interrupted'], true);
      assert.deepEqual(attempt?.['request_headers'], { 'webhook-id': ids.deliveryId });
      assert.deepEqual(attempt?.['response_headers'], { server: 'test' });
      assert.deepEqual(attempt?.['response_body'], Buffer.from('no'));
      assert.deepEqual(row['first_attempt_at'], attempt?.['started_at']);
    });

    it('counts on the hook', async () => {
      const ids = await one();

      await record(database.pool, failedAttempt(ids));
      await record(database.pool, failedAttempt(ids, { attempt: 2 }));

      const row = await hook(ids.hookId);
      assert.equal(row['failure_count'], 2);
      assert.equal(row['last_delivery_status'], 'failed');
      assert.notEqual(row['last_delivery_at'], null);
      assert.equal(row['last_success_at'], null);
      assert.equal(row['active'], true);
    });

    it('counts exactly, twenty at the same time', async () => {
      const hookId = await hookWith();
      const many = await deliveries(hookId, 20);

      await Promise.all(many.map((ids) => record(database.pool, failedAttempt(ids))));

      assert.equal((await hook(hookId))['failure_count'], 20);
      assert.equal(await countOf(database.pool, 'attempt', `hook_id = '${hookId}'`), 20);
    });

    it('holds the delivery when its hook is not active', async () => {
      const ids = await one();
      await query(database.pool, {
        text: 'update hook set active = false where id = $1',
        values: [ids.hookId],
      });

      assert.equal(await record(database.pool, failedAttempt(ids)), 'held');

      const row = await delivery(ids);
      assert.equal(row['state'], 'held');
      assert.notEqual(row['held_at'], null);
      assert.ok(Math.abs((await fromNow(row['due_at'])) - 14 * dayMs) < 5000);
    });
  });

  describe('that succeeded', () => {
    it('ends the delivery and sets the count back to nothing', async () => {
      const hookId = await hookWith();
      const [first, second] = (await deliveries(hookId, 2)) as [DeliveryIds, DeliveryIds];
      await record(database.pool, failedAttempt(first));

      assert.equal(await record(database.pool, failedAttempt(second, success)), 'delivered');

      const row = await hook(hookId);
      assert.equal(row['failure_count'], 0);
      assert.equal(row['last_delivery_status'], 'success');
      assert.notEqual(row['last_success_at'], null);
      const ended = await delivery(second);
      assert.notEqual(ended['settled_at'], null);
      assert.equal(ended['due_at'], null);
    });
  });

  describe('twice', () => {
    it('changes nothing the second time', async () => {
      const ids = await one();
      await record(database.pool, failedAttempt(ids));
      const before = [await hook(ids.hookId), await delivery(ids), await attemptsOf(ids)];

      const again = { durationMs: 999, outcome: 'timeout', statusCode: null } as const;
      assert.equal(await record(database.pool, failedAttempt(ids, again)), 'waiting');
      assert.equal(await record(database.pool, failedAttempt(ids, success)), 'waiting');

      assert.deepEqual([await hook(ids.hookId), await delivery(ids), await attemptsOf(ids)], before);
    });

    it('counts once, also at the same time', async () => {
      const ids = await one();

      await Promise.all(Array.from({ length: 10 }, () => record(database.pool, failedAttempt(ids))));

      assert.equal((await hook(ids.hookId))['failure_count'], 1);
      assert.equal((await attemptsOf(ids)).length, 1);
      assert.equal((await delivery(ids))['attempts'], 1);
    });
  });

  describe('of a delivery that has ended', () => {
    for (const state of ['cancelled', 'expired'] as const) {
      it(`keeps the end ${state}, and the record`, async () => {
        const ids = await one();
        await query(database.pool, {
          text: `update delivery set state = $2, settled_at = now(), due_at = null where id = $1`,
          values: [ids.deliveryId, state],
        });

        assert.equal(await record(database.pool, failedAttempt(ids, success)), state);

        assert.equal((await delivery(ids))['state'], state);
        assert.equal((await attemptsOf(ids)).length, 1);
      });
    }

    it('that is gone altogether answers nothing', async () => {
      const ids = await one();
      await query(database.pool, { text: 'delete from delivery where id = $1', values: [ids.deliveryId] });

      assert.equal(await record(database.pool, failedAttempt(ids)), undefined);
      assert.equal((await attemptsOf(ids)).length, 0);
      assert.equal((await hook(ids.hookId))['failure_count'], 0);
    });
  });

  describe('applies the disabling rule', () => {
    it('when the delivery is exhausted, and not before', async () => {
      const ids = await one();
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        await record(database.pool, failedAttempt(ids, { attempt }));
        assert.equal((await hook(ids.hookId))['active'], true, `attempt ${attempt}`);
      }

      assert.equal(
        await record(database.pool, failedAttempt(ids, { attempt: 6, ...lastFailure })),
        'exhausted',
      );

      const row = await hook(ids.hookId);
      assert.equal(row['active'], false);
      assert.equal(row['disabled_reason'], 'delivery_exhausted');
      assert.notEqual(row['disabled_at'], null);
      assert.equal(row['failure_count'], 6);
    });

    it('not when another delivery has succeeded since the first attempt', async () => {
      const hookId = await hookWith();
      const [poisonous, fine] = (await deliveries(hookId, 2)) as [DeliveryIds, DeliveryIds];
      await record(database.pool, failedAttempt(poisonous));
      await record(database.pool, failedAttempt(fine, success));

      await record(database.pool, failedAttempt(poisonous, { attempt: 2, ...lastFailure }));

      const row = await hook(hookId);
      assert.equal(row['active'], true);
      assert.equal(row['disabled_reason'], null);
      assert.equal((await delivery(poisonous))['state'], 'exhausted');
    });

    it('although another delivery succeeded before the first attempt', async () => {
      const hookId = await hookWith();
      const [fine, poisonous] = (await deliveries(hookId, 2)) as [DeliveryIds, DeliveryIds];
      await record(database.pool, failedAttempt(fine, success));
      await record(database.pool, failedAttempt(poisonous, { durationMs: 0 }));

      await record(database.pool, failedAttempt(poisonous, { attempt: 2, ...lastFailure }));

      assert.equal((await hook(hookId))['active'], false);
    });

    it('when the only attempt of an empty schedule fails', async () => {
      const ids = await one();

      await record(database.pool, failedAttempt(ids, lastFailure));

      assert.equal((await hook(ids.hookId))['disabled_reason'], 'delivery_exhausted');
    });

    it('when as many attempts have failed in a row as its owner allows', async () => {
      const hookId = await hookWith({ disableAfter: 3 });
      const many = await deliveries(hookId, 3);
      for (const ids of many.slice(0, 2)) await record(database.pool, failedAttempt(ids));
      assert.equal((await hook(hookId))['active'], true);

      assert.equal(await record(database.pool, failedAttempt(many[2] as DeliveryIds)), 'held');

      const row = await hook(hookId);
      assert.equal(row['active'], false);
      assert.equal(row['disabled_reason'], 'consecutive_failures');
    });

    it('not when a success came between the failures', async () => {
      const hookId = await hookWith({ disableAfter: 3 });
      const many = await deliveries(hookId, 5);
      for (const [index, ids] of many.entries()) {
        await record(database.pool, failedAttempt(ids, index === 2 ? success : {}));
      }

      assert.equal((await hook(hookId))['active'], true);
      assert.equal((await hook(hookId))['failure_count'], 2);
    });

    it('when that many fail at the same time, once', async () => {
      const hookId = await hookWith({ disableAfter: 10 });
      const many = await deliveries(hookId, 20);

      const states = await Promise.all(many.map((ids) => record(database.pool, failedAttempt(ids))));

      const row = await hook(hookId);
      assert.equal(row['active'], false);
      assert.equal(row['failure_count'], 20);
      assert.equal(states.filter((state) => state === 'waiting').length, 9);
      assert.equal(await countOf(database.pool, 'delivery', `hook_id = '${hookId}' and state = 'held'`), 20);
    });

    it('at once when the receiver is gone', async () => {
      const ids = await one();

      assert.equal(await record(database.pool, failedAttempt(ids, gone)), 'rejected');

      const row = await hook(ids.hookId);
      assert.equal(row['active'], false);
      assert.equal(row['disabled_reason'], 'gone');
    });

    it('although others succeed, when the receiver is gone', async () => {
      const hookId = await hookWith();
      const [first, fine] = (await deliveries(hookId, 2)) as [DeliveryIds, DeliveryIds];
      await record(database.pool, failedAttempt(first));
      await record(database.pool, failedAttempt(fine, success));

      await record(database.pool, failedAttempt(first, { attempt: 2, ...gone }));

      assert.equal((await hook(hookId))['disabled_reason'], 'gone');
    });

    it('without a second reason when the hook is disabled already', async () => {
      const hookId = await hookWith();
      const [first, second] = (await deliveries(hookId, 2)) as [DeliveryIds, DeliveryIds];
      await record(database.pool, failedAttempt(first, gone));
      const { disabled_at: disabledAt } = await hook(hookId);

      await record(database.pool, failedAttempt(second, lastFailure));

      const row = await hook(hookId);
      assert.equal(row['disabled_reason'], 'gone');
      assert.deepEqual(row['disabled_at'], disabledAt);
    });

    it('and holds what else waits for the hook, each for the days of a hold, and nothing of other hooks', async () => {
      const hookId = await hookWith();
      const otherHook = await hookWith();
      const [exhausted, pending, waiting, done] = (await deliveries(hookId, 4)) as [
        DeliveryIds,
        DeliveryIds,
        DeliveryIds,
        DeliveryIds,
      ];
      const foreign = await makeDeliveryRow(database.pool, repository, otherHook);
      await record(database.pool, failedAttempt(done, success));
      await record(database.pool, failedAttempt(waiting));

      await record(database.pool, failedAttempt(exhausted, { durationMs: 0, ...lastFailure }));

      for (const ids of [pending, waiting]) {
        const row = await delivery(ids);
        assert.equal(row['state'], 'held');
        assert.ok(Math.abs((await fromNow(row['due_at'])) - 14 * dayMs) < 5000);
      }
      assert.equal((await delivery(done))['state'], 'delivered');
      assert.equal((await delivery(exhausted))['state'], 'exhausted');
      assert.equal((await delivery(foreign))['state'], 'pending');
    });

    it('leaves a delivery that was held before held since then', async () => {
      const hookId = await hookWith();
      const [exhausted, held] = (await deliveries(hookId, 2)) as [DeliveryIds, DeliveryIds];
      await query(database.pool, {
        text: `update delivery set state = 'held', held_at = now() - interval '3 days', due_at = now() where id = $1`,
        values: [held.deliveryId],
      });
      const before = await delivery(held);

      await record(database.pool, failedAttempt(exhausted, lastFailure));

      assert.deepEqual(await delivery(held), before);
    });
  });

  describe('of a redelivery', () => {
    const redelivery = async (): Promise<DeliveryIds> => {
      const ids = await one({ disableAfter: 1 });
      await query(database.pool, {
        text: 'update delivery set run = 1 where id = $1',
        values: [ids.deliveryId],
      });
      return ids;
    };

    for (const [how, changes, state] of [
      ['fails', {}, 'waiting'],
      ['is exhausted', lastFailure, 'exhausted'],
      ['finds the receiver gone', gone, 'rejected'],
      ['succeeds', success, 'delivered'],
    ] as const) {
      it(`that ${how} is recorded, and neither counts nor disables`, async () => {
        const ids = await redelivery();
        const before = await hook(ids.hookId);

        assert.equal(
          await record(database.pool, failedAttempt(ids, { run: 1, counts: false, ...changes })),
          state,
        );

        assert.deepEqual(await hook(ids.hookId), before);
        assert.equal((await attemptsOf(ids)).length, 1);
        assert.equal((await delivery(ids))['state'], state);
      });
    }

    it('does not move a later run', async () => {
      const ids = await redelivery();
      const before = await delivery(ids);

      await record(database.pool, failedAttempt(ids, { run: 0, ...success }));

      assert.deepEqual(await delivery(ids), before);
    });
  });
});
