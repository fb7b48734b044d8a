import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { deliveriesOfGroup, giveBack, takeWaiting } from '#db/queries/start-deliveries.ts';
import { markSlow, slowReplyMs } from '#db/queries/mark-slow.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  failedAttempt,
  makeDeliveryRow,
  makeDeliveryRows,
  makeHookRow,
  makeRepositoryRow,
  record,
  rowOf,
  success,
  take,
  type DeliveryIds,
  type RepositoryRow,
} from './records.ts';

describe('deliveries that wait to be started', () => {
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

  const deliveries = (count: number) => makeDeliveryRows(database.pool, repository, hookId, count);
  const idsOf = (taken: readonly { readonly id: string }[]): readonly string[] => taken.map(({ id }) => id);
  const sorted = (ids: readonly string[]): readonly string[] => ids.toSorted((a, b) => a.localeCompare(b));
  const knownIds = (made: readonly DeliveryIds[]): readonly string[] =>
    made.map(({ deliveryId }) => deliveryId);
  const takeGroup = (groupId: string, threshold: number, size = 500, room = 0) =>
    takeWaiting(database.pool, { slow: false, threshold, room, sinceMs: 0, group: { id: groupId, size } });

  it('are taken with what names a workflow and its search attributes', async () => {
    const delivery = await makeDeliveryRow(database.pool, repository, hookId);

    assert.deepEqual(
      (await take(database.pool)).map((row) => ({ ...row })),
      [
        {
          id: delivery.deliveryId,
          run: 0,
          nextAttempt: 1,
          hookId,
          eventId: delivery.eventId,
          repository: `${repository.owner}/${repository.name}`,
          quick: false,
          ordered: false,
          grouped: false,
        },
      ],
    );
  });

  it('are taken once, and not when they have ended', async () => {
    const [ended] = await deliveries(3);
    await record(database.pool, failedAttempt(ended as DeliveryIds, success));

    assert.equal((await take(database.pool)).length, 2);
    assert.equal((await take(database.pool)).length, 0);
  });

  it('are taken oldest first and no more than there is room for', async () => {
    const made = await deliveries(5);

    assert.deepEqual(idsOf(await take(database.pool, { room: 2 })), knownIds(made).slice(0, 2));
  });

  it('are taken by many takers at once without a repetition, and none is missed', async () => {
    const made = await deliveries(200);

    const rounds = await Promise.all(Array.from({ length: 10 }, () => take(database.pool, { room: 40 })));
    const rest = await take(database.pool);

    assert.deepEqual(sorted(idsOf([...rounds.flat(), ...rest])), knownIds(made));
  });

  it('are passed over, without waiting, when somebody else has locked them', async () => {
    const [locked, free] = await deliveries(2);
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('begin');
    await client.query('select from delivery where id = $1 for update', [locked?.deliveryId]);

    assert.deepEqual(idsOf(await take(database.pool)), [free?.deliveryId]);
    await client.query('rollback');
    await client.end();
  });

  it('go to a group when more wait than the threshold, and one by one when as many wait', async () => {
    const made = await deliveries(3);
    const group = randomUUID();

    const few = await takeGroup(randomUUID(), 3, 500, 1);
    const many = await takeGroup(group, 1);

    assert.deepEqual([few.grouped, idsOf(few.deliveries)], [false, knownIds(made).slice(0, 1)]);
    assert.deepEqual([many.grouped, idsOf(many.deliveries)], [true, knownIds(made).slice(1)]);
    assert.deepEqual(idsOf(await deliveriesOfGroup(database.pool, group)), knownIds(made).slice(1));
  });

  it('go to groups of many takers at once without a repetition', async () => {
    const made = await deliveries(120);
    const groups = Array.from({ length: 4 }, () => randomUUID());

    const taken = await Promise.all(groups.map((group) => takeGroup(group, 0, 40)));
    const carried = await Promise.all(groups.map((group) => deliveriesOfGroup(database.pool, group)));

    const rest = await take(database.pool);
    assert.deepEqual(sorted([...carried.flatMap(idsOf), ...idsOf(rest)]), knownIds(made));
    for (const [index, { deliveries: own }] of taken.entries())
      assert.deepEqual(idsOf(own), idsOf(carried[index] ?? []));
  });

  it('wait again when they are given back, but not once they were attempted or have ended', async () => {
    const [back, failed, ended] = (await deliveries(3)) as [DeliveryIds, DeliveryIds, DeliveryIds];
    const group = randomUUID();
    await takeGroup(group, 0);
    await record(database.pool, failedAttempt(failed));
    await record(database.pool, failedAttempt(ended, success));

    await giveBack(database.pool, knownIds([back, failed, ended]));

    assert.deepEqual(idsOf(await deliveriesOfGroup(database.pool, group)), [failed.deliveryId]);
    assert.deepEqual(idsOf(await take(database.pool)), [back.deliveryId]);
  });

  it('wait beside their like when their receivers are slow, from then on by themselves', async () => {
    const [first] = (await deliveries(1)) as [DeliveryIds];
    await take(database.pool);
    await giveBack(database.pool, [first.deliveryId], { slow: true });
    await markSlow(database.pool, [hookId]);
    const [second] = (await deliveries(1)) as [DeliveryIds];

    assert.equal((await rowOf(database.pool, 'hook', hookId))['reply_ms'], slowReplyMs);
    assert.deepEqual(await take(database.pool), []);
    assert.deepEqual(
      idsOf(await take(database.pool, { slow: true })),
      [first, second].map(({ deliveryId }) => deliveryId),
    );
  });

  it('know of their receivers that they have been quick of late', async () => {
    const [first] = (await deliveries(1)) as [DeliveryIds];
    await record(database.pool, failedAttempt(first, { ...success, durationMs: 40 }));
    await deliveries(1);

    assert.equal((await take(database.pool))[0]?.quick, true);

    await query(database.pool, { text: 'update hook set reply_ms = 501', values: [] });
    await deliveries(1);
    assert.equal((await take(database.pool))[0]?.quick, false);
  });
});
