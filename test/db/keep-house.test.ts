import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { settleDelivery } from '#db/queries/settle-delivery.ts';
import { dropDay, emptyDefaults, expiredDays, forgetOldKeys, prepareDays } from '#db/queries/keep-house.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { countOf, makeHookRow, makeRepositoryRow, type RepositoryRow } from './records.ts';

const dayMs = 86_400_000;

/** The day so many days from now, as YYYYMMDD in UTC. */
function day(offset: number): string {
  return new Date(Date.now() + offset * dayMs).toISOString().slice(0, 10).replaceAll('-', '');
}

/** A UUIDv7 of a moment. */
function uuidAt(moment: Date): string {
  const time = moment.getTime().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

describe('housekeeping', () => {
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

  const partitions = async (table: string): Promise<readonly string[]> => {
    const rows = await query<{ name: string }>(database.pool, {
      text: 'select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1',
      values: [table],
    });
    return rows.map(({ name }) => name);
  };

  const createDays = async (first: number, count: number): Promise<void> => {
    await query(database.pool, {
      text: `select create_day_partitions(to_date($1, 'YYYYMMDD'), $2::integer)`,
      values: [day(first), count],
    });
  };

  /** A delivery that was made at a moment in the past, with its event and one attempt. */
  const deliveryAt = async (moment: Date, eventMoment = moment): Promise<string> => {
    const [row] = await query<{ id: string }>(database.pool, {
      text: `
        with stored as (
          insert into event (id, repository_id, type, payload)
          values ($2, $3, 'push', '{}') returning id
        )
        insert into delivery (id, event_id, hook_id, repository_id, event_type, attempts)
        select $1, stored.id, $4, $3, 'push', 1 from stored returning id`,
      values: [uuidAt(moment), uuidAt(eventMoment), repository.id, hookId],
    });
    const { id } = row as { id: string };
    await query(database.pool, {
      text: `
        insert into attempt (delivery_id, run, attempt, hook_id, event_id, event_type, outcome, request_headers,
          duration_ms, started_at)
        values ($1, 0, 1, $2, $1, 'push', 'http_5xx', '{}', 1, now())`,
      values: [id, hookId],
    });
    return id;
  };

  const noonOf = (offset: number): Date =>
    new Date(Math.floor(Date.now() / dayMs + offset) * dayMs + dayMs / 2);

  it('finds the days from yesterday to a week from now prepared by the first migration', async () => {
    const days = Array.from({ length: 9 }, (_, index) => day(index - 1));

    for (const table of ['event', 'delivery', 'attempt']) {
      assert.deepEqual(await partitions(table), [
        ...days.map((name) => `${table}_${name}`),
        `${table}_default`,
      ]);
    }
  });

  it('prepares the same days any number of times, also from several processes at once', async () => {
    const before = await partitions('delivery');

    await Promise.all([1, 2, 3, 4].map(() => prepareDays(database.pool)));

    assert.deepEqual(await partitions('delivery'), before);
  });

  it('creates only the days that are missing', async () => {
    await createDays(6, 4);
    await createDays(6, 4);

    const names = await partitions('event');
    assert.deepEqual(
      names.slice(-4),
      [day(7), day(8), day(9)].map((name) => `event_${name}`).concat('event_default'),
    );
  });

  it('keeps each row in the day of its id, to the millisecond', async () => {
    await createDays(-3, 3);
    const midnight = Math.floor(Date.now() / dayMs - 1) * dayMs;
    const before = await deliveryAt(new Date(midnight - 1));
    const after = await deliveryAt(new Date(midnight + 1));

    const rows = await query<{ id: string; day: string }>(database.pool, {
      text: 'select id, tableoid::regclass::text as day from delivery where id = any ($1::uuid[]) order by id',
      values: [[before, after]],
    });

    assert.deepEqual(rows, [
      { id: before, day: `delivery_${day(-2)}` },
      { id: after, day: `delivery_${day(-1)}` },
    ]);
  });

  it('takes an event of a day that nobody prepared, and goes on when that day is prepared later', async () => {
    const id = await deliveryAt(noonOf(-5));

    await createDays(-5, 1);

    assert.equal(await countOf(database.pool, 'delivery_default', `id = '${id}'`), 1);
    assert.deepEqual(await expiredDays(database.pool, 3), []);
  });

  it('never gives up a day with an unfinished delivery', async () => {
    await createDays(-10, 2);
    await deliveryAt(noonOf(-10));

    assert.deepEqual(await expiredDays(database.pool, 3), [day(-9)]);
  });

  it('never gives up the event of an unfinished delivery that was made just after midnight', async () => {
    await createDays(-10, 2);
    const midnight = Math.floor(Date.now() / dayMs - 9) * dayMs;
    await deliveryAt(new Date(midnight + 5), new Date(midnight - 5));

    assert.deepEqual(await expiredDays(database.pool, 3), []);
  });

  it('gives up a day in which every delivery has ended, and drops it whole', async () => {
    await createDays(-10, 1);
    const id = await deliveryAt(noonOf(-10));
    await settleDelivery(database.pool, id, 0, 'cancelled');

    const days = await expiredDays(database.pool, 3);
    for (const expired of days) await dropDay(database.pool, expired);

    assert.deepEqual(days, [day(-10)]);
    for (const table of ['event', 'delivery', 'attempt']) {
      assert.equal(await countOf(database.pool, table), 0);
      assert.ok(!(await partitions(table)).includes(`${table}_${day(-10)}`));
    }
  });

  it('keeps a day for as long as the retention says', async () => {
    await createDays(-10, 1);

    assert.deepEqual(await expiredDays(database.pool, 10), []);
    assert.deepEqual(await expiredDays(database.pool, 9), [day(-10)]);
  });

  it('drops a day that is gone already without an error', async () => {
    await dropDay(database.pool, day(-10));
  });

  for (const wrong of ['2026-11-22', '20261122; drop table hook', '', 'default']) {
    it(`refuses to drop ${JSON.stringify(wrong)}`, async () => {
      await assert.rejects(dropDay(database.pool, wrong), /Not a day of the form YYYYMMDD/);
    });
  }

  it('empties the default partitions of what is past the retention, and of nothing that is unfinished', async () => {
    const moment = (offset: number): Date => new Date(Date.now() + offset * dayMs);
    const settled = await deliveryAt(moment(-40));
    const unfinished = await deliveryAt(moment(-40));
    const young = await deliveryAt(moment(-20));
    for (const id of [settled, young]) await settleDelivery(database.pool, id, 0, 'cancelled');

    await emptyDefaults(database.pool, 30);

    const left = await query<{ id: string }>(database.pool, { text: 'select id from delivery', values: [] });
    assert.deepEqual(new Set(left.map(({ id }) => id)), new Set([unfinished, young]));
    assert.equal(await countOf(database.pool, 'event'), 2);
    assert.equal(await countOf(database.pool, 'attempt'), 2);
  });

  it('forgets the idempotency keys that are too old, and no others', async () => {
    await query(database.pool, {
      text: `
        insert into idempotency_key (repository_id, key, request_hash, event_id, created_at)
        values ($1, 'old', '', uuidv7(), now() - interval '24 hours 1 minute'),
          ($1, 'young', '', uuidv7(), now() - interval '23 hours 59 minutes')`,
      values: [repository.id],
    });

    await forgetOldKeys(database.pool, 24);

    const rows = await query(database.pool, { text: 'select key from idempotency_key', values: [] });
    assert.deepEqual(rows, [{ key: 'young' }]);
  });
});
