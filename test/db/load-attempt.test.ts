import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { beginAttempt, loadAttempts, type AttemptMaterial } from '#db/queries/load-attempt.ts';
import { holdDeliveriesOfHook } from '#db/queries/switch-hook.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  failedAttempt,
  makeDeliveryRows,
  makeHookRow,
  makeRepositoryRow,
  record,
  rowOf,
  success,
  type DeliveryIds,
} from './records.ts';

describe('the material of attempts', () => {
  let database: TestDatabase;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());

  const deliveries = async (count: number): Promise<readonly DeliveryIds[]> => {
    const repository = await makeRepositoryRow(database.pool);
    const hookId = await makeHookRow(database.pool, repository, { schedule: [7, 9] });
    return makeDeliveryRows(database.pool, repository, hookId, count);
  };
  const one = async (): Promise<DeliveryIds> => (await deliveries(1))[0] as DeliveryIds;
  const load = async ({ deliveryId }: DeliveryIds): Promise<AttemptMaterial> =>
    (await loadAttempts(database.pool, [deliveryId]))[0] as AttemptMaterial;
  const begin = ({ deliveryId }: DeliveryIds) => beginAttempt(database.pool, deliveryId);
  const beganAt = async ({ deliveryId }: DeliveryIds): Promise<unknown> =>
    (await rowOf(database.pool, 'delivery', deliveryId))['first_attempt_at'];

  it('is what the delivery, its hook and its event say', async () => {
    const ids = await one();

    const { acceptedAt, dueInMs, ...material } = { ...(await load(ids)) };

    assert.ok(acceptedAt instanceof Date);
    assert.equal(dueInMs, 0);
    assert.deepEqual(material, {
      id: ids.deliveryId,
      state: 'pending',
      run: 0,
      attempts: 0,
      eventId: ids.eventId,
      eventType: 'star.added',
      payload: '{}',
      shape: 'sigmagit',
      byHand: false,
      hookId: ids.hookId,
      hookNumber: material.hookNumber,
      service: 'web',
      settings: {},
      secretSettings: null,
      filter: null,
      template: null,
      repositoryId: material.repositoryId,
      forcedAttempt: null,
      attemptsBefore: 0,
      lastRecipients: null,
      hookDelivers: true,
      probing: false,
      hookDeleted: false,
      url: 'http://127.0.0.1:9/hook',
      format: 'sigmagit',
      secret: null,
      previousSecret: null,
      headers: null,
      schedule: [7, 9],
      timeoutSeconds: 30,
      storeResponseBody: true,
      rateLimitPerSecond: null,
      maxInFlight: null,
      hasTurn: false,
      lastOutcome: null,
      lastStatus: null,
      begun: false,
      expiresInMs: null,
      ordered: false,
    });
  });

  it('comes in the order of the ids, undefined where there is no such delivery', async () => {
    const [first, second, third] = (await deliveries(3)).map(({ deliveryId }) => deliveryId) as [
      string,
      string,
      string,
    ];

    const materials = await loadAttempts(database.pool, [third, randomUUID(), first, second, third]);

    assert.deepEqual(
      materials.map((material) => (material as { readonly id?: string } | undefined)?.id),
      [third, undefined, first, second, third],
    );
    assert.deepEqual(await loadAttempts(database.pool, []), []);
  });

  it('names the last attempt on record', async () => {
    const ids = await one();
    await record(database.pool, failedAttempt(ids));
    await record(
      database.pool,
      failedAttempt(ids, { attempt: 2, outcome: 'timeout', statusCode: null, waitMs: 9000 }),
    );

    const material = await load(ids);

    assert.deepEqual(
      [material.attempts, material.lastOutcome, material.lastStatus, material.state],
      [2, 'timeout', null, 'waiting'],
    );
    assert.ok(material.dueInMs !== null && material.dueInMs > 0 && material.dueInMs <= 9000);
  });

  it('is without a payload when the event is gone', async () => {
    const ids = await one();
    await query(database.pool, { text: 'delete from event where id = $1', values: [ids.eventId] });

    assert.equal((await load(ids)).payload, null);
  });

  describe('of a first attempt that begins', () => {
    it('notes the beginning, and says of the second one that there was a first', async () => {
      const ids = await one();

      const first = await begin(ids);
      const noted = await beganAt(ids);
      const second = await begin(ids);

      assert.equal(first?.begun, false);
      assert.notEqual(noted, null);
      assert.equal(second?.begun, true);
      assert.deepEqual(await beganAt(ids), noted);
    });

    it('is otherwise the same as without noting it', async () => {
      const [noting, plain] = (await deliveries(2)) as [DeliveryIds, DeliveryIds];
      const strip = (material: AttemptMaterial) => ({
        ...material,
        id: undefined,
        eventId: undefined,
        acceptedAt: undefined,
      });

      assert.deepEqual(strip((await begin(noting)) as AttemptMaterial), strip(await load(plain)));
    });

    it('says of the attempt that follows elsewhere that one was begun', async () => {
      const ids = await one();
      await begin(ids);

      assert.equal((await load(ids)).begun, true);
    });

    it('says nothing of the kind once an attempt is on record', async () => {
      const ids = await one();
      await begin(ids);
      await record(database.pool, failedAttempt(ids));

      assert.equal((await begin(ids))?.begun, false);
    });

    it('notes nothing of a delivery that is held or has ended', async () => {
      const [held, ended] = await Promise.all([one(), one()]);
      await holdDeliveriesOfHook(database.pool, held.hookId, 14);
      await record(database.pool, failedAttempt(ended, success));
      const before = await beganAt(ended);

      assert.equal((await begin(held))?.state, 'held');
      assert.equal((await begin(ended))?.state, 'delivered');

      assert.equal(await beganAt(held), null);
      assert.deepEqual(await beganAt(ended), before);
    });

    it('is undefined where there is no such delivery', async () => {
      assert.equal(await beginAttempt(database.pool, randomUUID()), undefined);
    });
  });
});
