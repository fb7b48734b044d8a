import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { takeFairly, type FairlyTaken, type FairOptions } from '#db/queries/take-fairly.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeDeliveryRows, makeHookRow, makeRepositoryRow, type RepositoryRow } from './records.ts';

describe('deliveries that wait in a crowd', () => {
  let database: TestDatabase;

  before(async function () {
    this.timeout(60_000);
    await (await createTestDatabase()).drop();
  });
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  interface Waiting {
    readonly repository: RepositoryRow;
    readonly hookId: string;
    readonly ids: readonly string[];
  }

  /** Deliveries of a hook, of a repository of its own unless given. */
  const wait = async (count: number, given?: RepositoryRow): Promise<Waiting> => {
    const repository = given ?? (await makeRepositoryRow(database.pool));
    const hookId = await makeHookRow(database.pool, repository, { events: [given ? 'push' : 'star.added'] });
    const made = await makeDeliveryRows(database.pool, repository, hookId, given ? 0 : count);
    if (given === undefined) return { repository, hookId, ids: made.map(({ deliveryId }) => deliveryId) };
    const rows = await query<{ id: string }>(database.pool, {
      text: `
        insert into delivery (event_id, hook_id, repository_id, event_type)
        select uuidv7(), $1, $2, 'star.added' from generate_series(1, $3::integer) returning id`,
      values: [hookId, repository.id, count],
    });
    return { repository, hookId, ids: rows.map(({ id }) => id) };
  };
  const take = (changes: Partial<FairOptions> = {}): Promise<FairlyTaken> =>
    takeFairly(database.pool, {
      slow: false,
      threshold: 0,
      room: 0,
      sinceMs: 0,
      group: { id: randomUUID(), size: 20 },
      after: undefined,
      beside: undefined,
      ...changes,
    });
  const countsOf = (taken: FairlyTaken): ReadonlyMap<string, number> => {
    const byHook = Map.groupBy(taken.deliveries, ({ hookId }) => hookId);
    return new Map([...byHook].map(([hookId, { length }]) => [hookId, length]));
  };

  it('are taken with those of others, though thousands of one repository have waited for longer', async () => {
    const many = await wait(1000);
    await wait(1000, many.repository);
    const few = [await wait(1), await wait(1), await wait(1)];

    const taken = await take();

    assert.equal(taken.deliveries.length, 20);
    assert.equal(taken.grouped, true);
    for (const { hookId } of few) assert.equal(countsOf(taken).get(hookId), 1);
    assert.equal(taken.after, undefined);
  });

  it('are taken oldest first of each repository, and each repository has its share', async () => {
    const [first, second] = [await wait(30), await wait(30)];

    const taken = await take();

    assert.deepEqual(
      new Set(taken.deliveries.map(({ id }) => id)),
      new Set([...first.ids.slice(0, 10), ...second.ids.slice(0, 10)]),
    );
  });

  it('are taken one by one in turn, where there are to be no groups', async () => {
    await wait(100);
    const few = await wait(1);

    const taken = await take({ threshold: Number.MAX_SAFE_INTEGER - 1, room: 4 });

    assert.equal(taken.grouped, false);
    assert.equal(taken.deliveries.length, 4);
    assert.equal(countsOf(taken).get(few.hookId), 1);
  });

  it('of more hooks than are taken at once are taken in rounds', async () => {
    const hooks: Waiting[] = [];
    for (let count = 0; count < 6; count += 1) hooks.push(await wait(10));
    const size = { group: { id: randomUUID(), size: 4 } };

    const first = await take(size);
    const second = await take({ ...size, after: first.after });

    assert.notEqual(first.after, undefined);
    assert.equal(second.after, undefined);
    const served = new Set([...countsOf(first).keys(), ...countsOf(second).keys()]);
    assert.deepEqual(served, new Set(hooks.map(({ hookId }) => hookId)));
  });

  it('are taken beside some hooks without any of theirs', async () => {
    const many = await wait(100);
    const [neighbour, few] = [await wait(2, many.repository), await wait(2)];

    const taken = await take({ beside: [many.hookId] });

    assert.deepEqual(new Set(taken.deliveries.map(({ id }) => id)), new Set([...neighbour.ids, ...few.ids]));
    assert.deepEqual((await take({ beside: [many.hookId] })).deliveries, []);
  });

  it('are taken by many takers at once without a repetition', async () => {
    const ids = [...(await wait(100)).ids, ...(await wait(10)).ids, ...(await wait(1)).ids];

    const rounds = await Promise.all(
      Array.from({ length: 4 }, () => take({ group: { id: randomUUID(), size: 20 } })),
    );
    const rest = await take({ group: { id: randomUUID(), size: 500 } });

    const taken = [...rounds, rest].flatMap(({ deliveries }) => deliveries.map(({ id }) => id));
    assert.equal(taken.length, ids.length);
    assert.deepEqual(new Set(taken), new Set(ids));
  });
});
