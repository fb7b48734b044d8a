import assert from 'node:assert/strict';
import { hurryDelivery, postponeDelivery } from '#db/queries/control-delivery.ts';
import { rescheduleAttempted, rescheduleDeliveries } from '#db/queries/reschedule-deliveries.ts';
import { holdDeliveriesOfHook, releaseDeliveriesOfHook } from '#db/queries/switch-hook.ts';
import { defaultSchedule } from '#domain/schedule.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  failedAttempt,
  holdDays,
  lastFailure,
  makeDeliveryRows,
  makeHookRow,
  makeRepositoryRow,
  record,
  rowOf,
  take,
  type DeliveryIds,
} from './records.ts';

const hour = 3_600_000;
const asker = { username: 'olive', requestId: 'a request', ageMs: 0 };

describe('a new schedule of a hook', () => {
  let database: TestDatabase;
  let hookId: string;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());

  /** Deliveries that wait six hours for their second attempt, or for the one after as many as are said. */
  const waiting = async (
    count: number,
    changes: object = {},
    attempts = 1,
  ): Promise<readonly DeliveryIds[]> => {
    const { pool } = database;
    const repository = await makeRepositoryRow(pool);
    hookId = await makeHookRow(pool, repository, { schedule: [21_600] });
    const rows = await makeDeliveryRows(pool, repository, hookId, count);
    await take(pool);
    for (const row of rows)
      for (let attempt = 1; attempt <= attempts; attempt += 1)
        await record(pool, failedAttempt(row, { attempt, waitMs: 6 * hour, ...changes }));
    return rows;
  };
  const reschedule = async (schedule: readonly number[] | null, of = hookId) => {
    await database.pool.query('update hook set schedule = $2 where id = $1', [of, schedule]);
    return rescheduleDeliveries(database.pool, of);
  };
  const row = ({ deliveryId }: DeliveryIds) => rowOf(database.pool, 'delivery', deliveryId);
  /** Milliseconds between the last attempt's end and the next one. */
  const waitOf = async ({ deliveryId }: DeliveryIds): Promise<number> => {
    const { rows } = await database.pool.query<{ ms: number }>(
      `select (extract(epoch from due_at - max(ended_at)) * 1000)::float8 as ms
       from delivery join attempt on attempt.delivery_id = delivery.id where delivery.id = $1 group by due_at`,
      [deliveryId],
    );
    return rows[0]?.ms ?? assert.fail('no attempt');
  };

  it('is counted from the end of the last attempt, and wakes those whose time has become earlier', async () => {
    const [delivery] = (await waiting(1)) as [DeliveryIds];

    const moved = await reschedule([100]);

    assert.deepEqual(moved, [{ id: delivery.deliveryId, run: 0 }]);
    const waitMs = await waitOf(delivery);
    assert.ok(waitMs >= 90_000 && waitMs <= 110_000, String(waitMs));
    assert.equal((await row(delivery))['wake_requested'], true);
  });

  it('keeps nobody awake whose time has become later', async () => {
    const [delivery] = (await waiting(1)) as [DeliveryIds];

    await reschedule([100_000]);

    const waitMs = await waitOf(delivery);
    assert.ok(waitMs >= 90_000_000 && waitMs <= 110_000_000, String(waitMs));
    assert.equal((await row(delivery))['wake_requested'], false);
  });

  it('spreads what it moves by a tenth, and nothing of the default schedule', async () => {
    const deliveries = await waiting(20);

    await reschedule([100]);
    const spread = await Promise.all(deliveries.map(waitOf));
    await reschedule(null);
    const exact = await Promise.all(deliveries.map(waitOf));

    assert.ok(
      spread.every((waitMs) => waitMs >= 90_000 && waitMs <= 110_000),
      String(spread),
    );
    assert.ok(new Set(spread).size > 10, String(spread));
    assert.deepEqual(new Set(exact.map(Math.round)), new Set([(defaultSchedule[0] as number) * 1000]));
  });

  it('goes by the number of the attempt, by its last delay past its end, and at once where it is empty', async () => {
    const [second] = (await waiting(1, {}, 2)) as [DeliveryIds];

    await reschedule([1, 200, 3]);
    const within = await waitOf(second);
    await reschedule([300]);
    const past = await waitOf(second);
    await reschedule([]);

    assert.ok(within >= 180_000 && within <= 220_000, String(within));
    assert.ok(past >= 270_000 && past <= 330_000, String(past));
    assert.ok(((await row(second))['due_at'] as Date).getTime() <= Date.now());
  });

  it('is lengthened by what the receiver asked for, for ten hours at the most', async () => {
    const [some] = (await waiting(1, { retryAfterMs: 2 * hour })) as [DeliveryIds];
    await reschedule([100]);
    const [much] = (await waiting(1, { retryAfterMs: 20 * hour })) as [DeliveryIds];
    await reschedule([100]);

    assert.deepEqual([await waitOf(some), await waitOf(much)], [2 * hour, 10 * hour]);
  });

  it('leaves what somebody has postponed, until it has been attempted', async () => {
    const [delivery] = (await waiting(1)) as [DeliveryIds];
    const until = new Date(Date.now() + hour);
    await postponeDelivery(database.pool, delivery.deliveryId, until, asker);

    const moved = await reschedule([100]);
    const kept = (await row(delivery))['due_at'];
    await record(database.pool, failedAttempt(delivery, { attempt: 2, waitMs: hour }));
    const movedThen = await reschedule([100, 200]);

    assert.deepEqual([moved, kept, movedThen.length], [[], until, 1]);
  });

  it('leaves what was asked for now, what is held or let go, what has ended, and other hooks', async () => {
    const { pool } = database;
    const [hurried] = (await waiting(1)) as [DeliveryIds];
    await hurryDelivery(pool, hurried.deliveryId, asker);
    const ofHurried = await reschedule([100]);
    await waiting(1);
    await holdDeliveriesOfHook(pool, hookId, holdDays);
    const ofHeld = await reschedule([100]);
    await releaseDeliveriesOfHook(pool, hookId);
    const ofReleased = await reschedule([100]);
    await waiting(1, lastFailure);
    const ofEnded = await reschedule([100]);
    const elsewhere = hookId;
    const [other] = (await waiting(1)) as [DeliveryIds];
    await reschedule([100], elsewhere);

    assert.deepEqual([ofHurried, ofHeld, ofReleased, ofEnded], [[], [], [], []]);
    assert.equal((await row(other))['wake_requested'], false);
  });

  it('reaches one that was being attempted, and no other wait', async () => {
    const { pool } = database;
    const [delivery] = (await waiting(1)) as [DeliveryIds];
    const moveFrom = (known: readonly number[]) =>
      rescheduleAttempted(pool, delivery.deliveryId, hookId, known);

    const unchanged = await moveFrom([21_600]);
    const moved = await moveFrom([60]);

    assert.equal(unchanged, undefined);
    assert.deepEqual(moved?.schedule, [21_600]);
    assert.ok(Math.abs((moved?.dueInMs ?? 0) - (await waitOf(delivery))) < 5000);
  });

  it('begins anew with the attempts of a delivery that was opened again', async () => {
    const [delivery] = (await waiting(1, {}, 3)) as [DeliveryIds];
    await database.pool.query('update delivery set attempts_before = 2 where id = $1', [delivery.deliveryId]);

    await reschedule([400, 1, 1]);

    const waitMs = await waitOf(delivery);
    assert.ok(waitMs >= 360_000 && waitMs <= 440_000, String(waitMs));
  });
});
