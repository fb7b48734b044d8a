import assert from 'node:assert/strict';
import { Client } from 'pg';
import type { AttemptRecord } from '#db/queries/record-attempt.ts';
import { recordDelivered } from '#db/queries/record-delivered.ts';
import { holdDeliveriesOfHook } from '#db/queries/switch-hook.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import {
  countOf,
  failedAttempt,
  holdDays,
  makeDeliveryRow,
  makeDeliveryRows,
  makeHookRow,
  makeRepositoryRow,
  record,
  rowOf,
  success,
  type DeliveryIds,
} from './records.ts';

type Row = Readonly<Record<string, unknown>>;

/** What differs between two deliveries however they are recorded. */
const ownColumns = new Set(['id', 'number', 'repository_id', 'hook_id', 'event_id', 'delivery_id']);

/** A row without its ids, each moment told only by being there. */
function alike(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => !ownColumns.has(name))
      .map(([name, value]) => [name, value instanceof Date ? 'a moment' : value]),
  );
}

/** A record that does not name its delivery, to be compared with that of another. */
const nameless = { requestHeaders: { accept: '*/*' } } as const satisfies Partial<AttemptRecord>;

/** Attempts that try what an array of a statement could spoil. */
const oddities: readonly Partial<AttemptRecord>[] = [
  {},
  {
    requestHeaders: { 'X-Odd': 'a "quote", a \\ backslash, {braces}, NULL', 'webhook-id': 'NULL' },
    responseHeaders: { 'set-cookie': ['a=1', 'b="2"'], odd: '\u0000\ud800 żółw 🐘' },
  },
  { responseBody: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), responseTruncated: true },
  { responseBody: null, responseHeaders: null, interrupted: true },
  { responseBody: Buffer.alloc(0), statusCode: 204, durationMs: 12.4 },
];

describe('recording attempts that succeeded, together', () => {
  let database: TestDatabase;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());

  /** Deliveries of one new hook, which alone listens to a new repository. */
  const deliveries = async (count: number): Promise<readonly DeliveryIds[]> => {
    const repository = await makeRepositoryRow(database.pool);
    return makeDeliveryRows(database.pool, repository, await makeHookRow(database.pool, repository), count);
  };
  const one = async (): Promise<DeliveryIds> => {
    const repository = await makeRepositoryRow(database.pool);
    return makeDeliveryRow(database.pool, repository, await makeHookRow(database.pool, repository));
  };
  const delivered = (ids: DeliveryIds, changes: Partial<AttemptRecord> = {}): AttemptRecord =>
    failedAttempt(ids, { ...success, ...nameless, ...changes });
  const together = (records: readonly AttemptRecord[]): Promise<void> =>
    recordDelivered(database.pool, records);
  const delivery = ({ deliveryId }: DeliveryIds): Promise<Row> =>
    rowOf(database.pool, 'delivery', deliveryId);
  const hook = ({ hookId }: DeliveryIds): Promise<Row> => rowOf(database.pool, 'hook', hookId);
  const attemptsOf = ({ deliveryId }: DeliveryIds): Promise<Row[]> =>
    query(database.pool, {
      text: 'select * from attempt where delivery_id = $1 order by run, attempt',
      values: [deliveryId],
    });
  const change = (ids: DeliveryIds, assignment: string): Promise<unknown> =>
    query(database.pool, {
      text: `update delivery set ${assignment} where id = $1`,
      values: [ids.deliveryId],
    });
  /** All that is on record of deliveries of one hook, to be compared with that of another. */
  const onRecord = async (many: readonly DeliveryIds[]): Promise<unknown> => {
    const { created_at: _, ...ofHook } = alike(await hook(many[0] as DeliveryIds));
    const ofDeliveries = await Promise.all(many.map(async (ids) => alike(await delivery(ids))));
    const ofAttempts = await Promise.all(many.map(async (ids) => (await attemptsOf(ids)).map(alike)));
    return { ofHook, ofDeliveries, ofAttempts };
  };

  describe('leaves the same on record as recording one by one', () => {
    it('of attempts, deliveries and the hook', async () => {
      const [batched, single] = await Promise.all([deliveries(oddities.length), deliveries(oddities.length)]);
      const recordsOf = (many: readonly DeliveryIds[]) =>
        many.map((ids, index) => delivered(ids, oddities[index]));

      await together(recordsOf(batched));
      for (const each of recordsOf(single)) await record(database.pool, each);

      assert.deepEqual(await onRecord(batched), await onRecord(single));
      const [attempt] = await attemptsOf(batched[2] as DeliveryIds);
      assert.deepEqual(attempt?.['response_body'], oddities[2]?.responseBody);
    });

    it('of deliveries that failed before, and of the count of failures', async () => {
      const [batched, single] = await Promise.all([deliveries(2), deliveries(2)]);
      for (const ids of [...batched, ...single]) await record(database.pool, failedAttempt(ids, nameless));
      const recordsOf = (many: readonly DeliveryIds[]) => many.map((ids) => delivered(ids, { attempt: 2 }));

      await together(recordsOf(batched));
      for (const each of recordsOf(single)) await record(database.pool, each);

      assert.deepEqual(await onRecord(batched), await onRecord(single));
      assert.equal((await hook(batched[0] as DeliveryIds))['failure_count'], 0);
    });

    it('of the moment of the first attempt', async () => {
      const [fresh, begun] = (await deliveries(2)) as [DeliveryIds, DeliveryIds];
      await change(begun, `first_attempt_at = now() - interval '1 h'`);
      const { first_attempt_at: earlier } = await delivery(begun);

      await together([delivered(fresh), delivered(begun)]);

      const [attempt] = await attemptsOf(fresh);
      assert.deepEqual((await delivery(fresh))['first_attempt_at'], attempt?.['started_at']);
      assert.deepEqual((await delivery(begun))['first_attempt_at'], earlier);
    });
  });

  it('takes the mean of its replies as one reply of each receiver', async () => {
    const [quick, other] = await Promise.all([deliveries(2), deliveries(1)]);
    const [first, second] = quick as [DeliveryIds, DeliveryIds];
    await query(database.pool, {
      text: 'update hook set reply_ms = 400 where id = $1',
      values: [first.hookId],
    });

    await together([
      delivered(first, { durationMs: 100 }),
      delivered(other[0] as DeliveryIds, { durationMs: 70 }),
      delivered(second, { durationMs: 300 }),
    ]);

    assert.equal((await hook(first))['reply_ms'], (400 * 3 + 200) / 4);
    assert.equal((await hook(other[0] as DeliveryIds))['reply_ms'], 70);
  });

  describe('twice', () => {
    it('changes nothing the second time', async () => {
      const many = await deliveries(3);
      await together(many.map((ids) => delivered(ids)));
      const before = [await hook(many[0] as DeliveryIds), await Promise.all(many.map(attemptsOf))];

      await together(many.map((ids) => delivered(ids, { durationMs: 9999, statusCode: 201 })));

      assert.deepEqual([await hook(many[0] as DeliveryIds), await Promise.all(many.map(attemptsOf))], before);
    });

    it('records only what is new among what is on record', async () => {
      const [known, fresh] = (await deliveries(2)) as [DeliveryIds, DeliveryIds];
      await together([delivered(known, { durationMs: 100 })]);
      const before = await delivery(known);

      await together([delivered(known, { durationMs: 9999 }), delivered(fresh, { durationMs: 100 })]);

      assert.deepEqual(await delivery(known), before);
      assert.equal((await delivery(fresh))['state'], 'delivered');
      assert.equal((await hook(fresh))['reply_ms'], 100);
    });

    it('does not turn an attempt on record as failed into a success', async () => {
      const ids = await one();
      await record(database.pool, failedAttempt(ids));
      const before = [await hook(ids), await delivery(ids), await attemptsOf(ids)];

      await together([delivered(ids)]);

      assert.deepEqual([await hook(ids), await delivery(ids), await attemptsOf(ids)], before);
    });

    it('in one call records once', async () => {
      const ids = await one();

      await together([delivered(ids), delivered(ids)]);

      assert.equal((await attemptsOf(ids)).length, 1);
      assert.equal((await delivery(ids))['state'], 'delivered');
    });
  });

  describe('of a delivery that has ended', () => {
    for (const state of ['cancelled', 'expired']) {
      it(`keeps the end ${state} and the record, as recording it alone does`, async () => {
        const [batched, single] = await Promise.all([one(), one()]);
        for (const ids of [batched, single])
          await change(ids, `state = '${state}', settled_at = now(), due_at = null`);

        await together([delivered(batched)]);
        await record(database.pool, delivered(single));

        assert.deepEqual(await onRecord([batched]), await onRecord([single]));
        assert.equal((await delivery(batched))['state'], state);
        assert.equal((await attemptsOf(batched)).length, 1);
      });
    }

    it('records nothing of one that is gone altogether, and all of the others', async () => {
      const [lost, there] = await Promise.all([one(), one()]);
      await query(database.pool, { text: 'delete from delivery where id = $1', values: [lost.deliveryId] });

      await together([delivered(lost), delivered(there)]);

      assert.equal((await attemptsOf(lost)).length, 0);
      assert.equal((await hook(lost))['last_delivery_at'], null);
      assert.equal((await delivery(there))['state'], 'delivered');
    });
  });

  describe('of redeliveries', () => {
    it('does not count on the hook', async () => {
      const many = await deliveries(2);
      for (const ids of many) await change(ids, 'run = 1');
      const before = await hook(many[0] as DeliveryIds);

      await together(many.map((ids) => delivered(ids, { run: 1, counts: false })));

      assert.deepEqual(await hook(many[0] as DeliveryIds), before);
      for (const ids of many) assert.equal((await delivery(ids))['state'], 'delivered');
    });

    it('beside first runs counts only those', async () => {
      const [again, first] = (await deliveries(2)) as [DeliveryIds, DeliveryIds];
      await change(again, 'run = 1');

      await together([
        delivered(again, { run: 1, counts: false, durationMs: 9000 }),
        delivered(first, { durationMs: 40 }),
      ]);

      assert.equal((await hook(first))['reply_ms'], 40);
    });

    it('does not move a later run', async () => {
      const ids = await one();
      await change(ids, 'run = 1');
      const before = await delivery(ids);

      await together([delivered(ids)]);

      assert.deepEqual(await delivery(ids), before);
    });
  });

  describe('in many batches at once', function () {
    this.timeout(60_000);

    /** The items turned so that the one at `by` comes first, and every other time backwards. */
    const turned = <Item>(items: readonly Item[], by: number): readonly Item[] => {
      const round = [...items.slice(by), ...items.slice(0, by)];
      return by % 2 === 0 ? round : round.toReversed();
    };

    it('over the same hooks in different orders, none waits for another without end', async () => {
      const hooks = await Promise.all(Array.from({ length: 8 }, () => deliveries(30)));
      const batches = Array.from({ length: 30 }, (_, index) =>
        turned(hooks, index % hooks.length).map((many) => delivered(many[index] as DeliveryIds)),
      );

      await Promise.all(batches.map(together));

      for (const many of hooks) {
        const { hookId } = many[0] as DeliveryIds;
        assert.equal(await countOf(database.pool, 'attempt', `hook_id = '${hookId}'`), 30);
        assert.equal(
          await countOf(database.pool, 'delivery', `hook_id = '${hookId}' and state = 'delivered'`),
          30,
        );
      }
    });

    it('of the same deliveries in different orders, each is recorded once', async () => {
      const many = await deliveries(60);

      for (let round = 0; round < 5; round += 1) {
        const own = many.slice(round * 12, round * 12 + 12);
        await Promise.all(own.map((_, index) => together(turned(own, index).map((ids) => delivered(ids)))));
      }

      const { hookId } = many[0] as DeliveryIds;
      assert.equal(await countOf(database.pool, 'attempt', `hook_id = '${hookId}'`), 60);
    });

    it('touches no delivery before it has the hook, as whoever turns the hook off does', async () => {
      const ids = await one();
      const client = new Client({ connectionString: database.url });
      await client.connect();
      await client.query('begin');
      await client.query('select from hook where id = $1 for update', [ids.hookId]);
      const recording = together([delivered(ids)]);
      await eventually('the batch waits for the hook', async () =>
        (await countOf(database.pool, 'pg_locks', 'not granted')) > 0 ? true : undefined,
      );

      await holdDeliveriesOfHook(client, ids.hookId, holdDays);
      await client.query('commit');
      await client.end();
      await recording;

      assert.equal((await delivery(ids))['state'], 'delivered');
    });

    it('beside failures of the same hooks, none waits for another without end', async () => {
      const hooks = await Promise.all(Array.from({ length: 4 }, () => deliveries(20)));
      const half = (index: number): boolean => index % 2 === 0;

      await Promise.all([
        ...Array.from({ length: 20 }, (_, index) => index)
          .filter(half)
          .map((index) =>
            together(
              turned(hooks, index % hooks.length).map((many) => delivered(many[index] as DeliveryIds)),
            ),
          ),
        ...hooks.flatMap((many) =>
          many.filter((_, index) => !half(index)).map((ids) => record(database.pool, failedAttempt(ids))),
        ),
      ]);

      for (const many of hooks) {
        const { hookId } = many[0] as DeliveryIds;
        assert.equal(await countOf(database.pool, 'attempt', `hook_id = '${hookId}'`), 20);
      }
    });
  });
});
