import assert from 'node:assert/strict';
import { cancelDelivery, postponeDelivery } from '#db/queries/control-delivery.ts';
import { noteDue } from '#db/queries/note-wish.ts';
import { expireUnstarted } from '#db/queries/expire-unstarted.ts';
import { holdDelivery } from '#db/queries/hold-delivery.ts';
import { promoteDue } from '#db/queries/promote-due.ts';
import { giveBackUntil } from '#db/queries/start-deliveries.ts';
import { holdDeliveriesOfHook, releaseDeliveriesOfHook } from '#db/queries/switch-hook.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  accept,
  failedAttempt,
  makeHookRow,
  makeRepositoryRow,
  newEvent,
  record,
  rowOf,
  take,
  type DeliveryIds,
} from './records.ts';

const hourMs = 3_600_000;
const asker = { username: 'olive', requestId: 'test', ageMs: 0 };

describe('deliveries that are due at a time', () => {
  let database: TestDatabase;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());

  const inMs = (ms: number): Date => new Date(Date.now() + ms);
  /** Makes a delivery on terms; times that are past may be given, too. */
  const make = async (deliverAt: Date | null, expiresAt: Date | null = null): Promise<DeliveryIds> => {
    const repository = await makeRepositoryRow(database.pool);
    const hookId = await makeHookRow(database.pool, repository);
    const terms = { deliverAt, expiresAt, orderKey: null };
    const [outcome] = await accept(database.pool, [newEvent(repository, 'star.added', { terms })]);
    if (outcome?.kind !== 'accepted') return assert.fail();
    return { deliveryId: outcome.deliveries[0]?.id as string, hookId, eventId: outcome.eventId };
  };
  const row = ({ deliveryId }: DeliveryIds) => rowOf(database.pool, 'delivery', deliveryId);
  const takenIds = async () => (await take(database.pool)).map(({ id }) => id);

  it('wait to be started when their time is about to come, and not before', async () => {
    const soon = await make(inMs(800));
    const later = await make(inMs(hourMs));
    assert.deepEqual(await takenIds(), []);

    const count = await promoteDue(database.pool, 10);

    assert.equal(count, 1);
    const [started, quick] =
      (await take(database.pool)).map((delivery) => [delivery.id, delivery.quick])[0] ?? [];
    assert.deepEqual([started, quick], [soon.deliveryId, false]);
    assert.equal((await row(later))['state'], 'waiting');
  });

  it('are promoted the first that are due first, and once by many', async () => {
    for (const ms of [300, 100, 200]) await make(inMs(ms));

    const counts = await Promise.all(Array.from({ length: 4 }, () => promoteDue(database.pool, 1)));

    assert.ok(counts.every((count) => count <= 1));
    let rest = 0;
    while ((await promoteDue(database.pool, 1)) > 0) rest += 1;
    assert.equal(
      counts.reduce((sum, count) => sum + count, rest),
      3,
    );
    assert.equal((await takenIds()).length, 3);
  });

  it('wait again when they were taken and are given back until a time', async () => {
    const until = inMs(hourMs);
    const [plain, expiring, ended] = [await make(null), await make(null, inMs(1000)), await make(null)] as [
      DeliveryIds,
      DeliveryIds,
      DeliveryIds,
    ];
    await take(database.pool);
    await cancelDelivery(database.pool, ended.deliveryId, asker);

    await giveBackUntil(
      database.pool,
      [plain, expiring, ended].map(({ deliveryId }) => deliveryId),
      until,
    );

    const { state, due_at: dueAt, started_at: startedAt } = await row(plain);
    assert.deepEqual([state, dueAt, startedAt], ['waiting', until, null]);
    const { due_at: expiryDue, expires_at: expiresAt } = await row(expiring);
    assert.deepEqual(expiryDue, expiresAt);
    assert.equal((await row(ended))['state'], 'cancelled');
  });

  it('expire when nobody runs them and their time is over, in whatever state', async () => {
    const past = inMs(-1000);
    const [pending, waiting, held, started, later] = [
      await make(null, past),
      await make(inMs(hourMs), past),
      await make(null, past),
      await make(null, past),
      await make(null, inMs(hourMs)),
    ] as [DeliveryIds, DeliveryIds, DeliveryIds, DeliveryIds, DeliveryIds];
    await holdDeliveriesOfHook(database.pool, held.hookId, 14);
    await query(database.pool, {
      text: 'update delivery set started_at = now() where id = $1',
      values: [started.deliveryId],
    });

    assert.equal(await expireUnstarted(database.pool, 10), 3);

    const states = await Promise.all(
      [pending, waiting, held, started, later].map(async (ids) => (await row(ids))['state']),
    );
    assert.deepEqual(states, ['expired', 'expired', 'expired', 'pending', 'pending']);
    await take(database.pool);
  });

  it('are due no later than they expire, whatever they wait for', async () => {
    const expiresAt = inMs(hourMs);
    const later = inMs(2 * hourMs);
    const waits: readonly ((ids: DeliveryIds) => Promise<unknown>)[] = [
      (ids) => record(database.pool, failedAttempt(ids, { waitMs: 2 * hourMs })),
      (ids) => holdDeliveriesOfHook(database.pool, ids.hookId, 14),
      async (ids) => {
        await query(database.pool, {
          text: 'update hook set active = false where id = $1',
          values: [ids.hookId],
        });
        await holdDelivery(database.pool, ids.deliveryId, 0, 14);
      },
      async (ids) => {
        await query(database.pool, {
          text: 'update hook set active = false where id = $1',
          values: [ids.hookId],
        });
        await record(database.pool, failedAttempt(ids));
      },
      async (ids) => {
        await record(database.pool, failedAttempt(ids));
        const postponed = await postponeDelivery(database.pool, ids.deliveryId, later, asker);
        assert.deepEqual(postponed?.dueAt, expiresAt);
      },
      async (ids) => {
        await record(database.pool, failedAttempt(ids));
        assert.deepEqual(await noteDue(database.pool, ids.deliveryId, 0, later), expiresAt);
      },
    ];

    for (const wait of waits) {
      const ids = await make(null, expiresAt);

      await wait(ids);

      assert.deepEqual((await row(ids))['due_at'], expiresAt, String(wait));
    }
    await take(database.pool);
  });

  it('keep their time when their hook is turned off and on again', async () => {
    const deliverAt = inMs(hourMs);
    const ids = await make(deliverAt);

    await holdDeliveriesOfHook(database.pool, ids.hookId, 14);
    await releaseDeliveriesOfHook(database.pool, ids.hookId);

    const { state, due_at: dueAt } = await row(ids);
    assert.deepEqual([state, dueAt], ['waiting', deliverAt]);
  });
});
