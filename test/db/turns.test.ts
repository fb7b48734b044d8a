import assert from 'node:assert/strict';
import { cancelDelivery } from '#db/queries/control-delivery.ts';
import { expireUnstarted } from '#db/queries/expire-unstarted.ts';
import { settleDelivery } from '#db/queries/settle-delivery.ts';
import { awaitTurn, passForgottenTurns, passTurn, passTurns, takeTurn } from '#db/queries/turns.ts';
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
  success,
  take,
  type RepositoryRow,
} from './records.ts';

const asker = { username: 'olive', requestId: 'test', ageMs: 0 };
const minuteMs = 60_000;

describe('deliveries in line', () => {
  let database: TestDatabase;
  let repository: RepositoryRow;
  let hookId: string;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());
  beforeEach(async () => {
    repository = await makeRepositoryRow(database.pool);
    hookId = await makeHookRow(database.pool, repository);
  });

  /** Makes a delivery for each key given, in one batch, and takes them as a worker does. */
  const taken = async (...keys: readonly string[]): Promise<readonly string[]> => {
    const terms = (orderKey: string) => ({ deliverAt: null, expiresAt: null, orderKey });
    const outcomes = await accept(
      database.pool,
      keys.map((key) => newEvent(repository, 'star.added', { terms: terms(key) })),
    );
    await take(database.pool);
    return outcomes.flatMap((outcome) =>
      outcome.kind === 'accepted' ? outcome.deliveries.map(({ id }) => id) : [],
    );
  };
  const three = async () => (await taken('a', 'a', 'a')) as [string, string, string];
  const stateOf = async (id: string) => (await rowOf(database.pool, 'delivery', id))['state'];
  const takenIds = async () => (await take(database.pool)).map(({ id }) => id);
  const deliver = async (id: string) =>
    record(database.pool, failedAttempt({ deliveryId: id, hookId, eventId: id }, success));

  it('wait for their turns without a workflow, all but the first of each line', async () => {
    const [first, second, other, third] = (await taken('a', 'a', 'b', 'a')) as [
      string,
      string,
      string,
      string,
    ];

    const aside = await awaitTurn(database.pool, [first, second, other, third]);

    assert.deepEqual(aside.toSorted(), [second, third]);
    const { state, due_at: dueAt, started_at: startedAt } = await rowOf(database.pool, 'delivery', second);
    assert.deepEqual([state, dueAt, startedAt], ['waiting', null, null]);
    assert.deepEqual(await takenIds(), []);
  });

  it('go one at a time as those before them end, however they end', async () => {
    const ids = await taken('a', 'a', 'a', 'a', 'a');
    await awaitTurn(database.pool, ids);
    const endings = [
      async (id: string) => {
        await deliver(id);
        await passTurn(database.pool, id);
      },
      async (id: string) => {
        await cancelDelivery(database.pool, id, asker);
        await passTurns(database.pool, [id]);
      },
      (id: string) => settleDelivery(database.pool, id, 0, 'cancelled'),
      async (id: string) => {
        await query(database.pool, {
          text: `update delivery set expires_at = now(), started_at = null where id = $1`,
          values: [id],
        });
        await expireUnstarted(database.pool, 10);
      },
    ];

    for (const [index, end] of endings.entries()) {
      await end(ids[index] as string);

      assert.deepEqual(await takenIds(), [ids[index + 1]], String(end));
    }
  });

  it('let one begin an attempt at a time', async () => {
    const [first, second] = await three();

    assert.equal(await takeTurn(database.pool, second, minuteMs), false);
    assert.equal(await takeTurn(database.pool, first, minuteMs), true);
    assert.equal(await takeTurn(database.pool, first, minuteMs), true);
    await deliver(first);
    assert.equal(await takeTurn(database.pool, second, minuteMs), true);
    assert.equal(await takeTurn(database.pool, first, minuteMs), false);
  });

  it('wait for the attempt of one that was cancelled during it, but not for ever', async () => {
    const [first, second, third] = await three();
    await takeTurn(database.pool, first, minuteMs);
    await awaitTurn(database.pool, [second, third]);

    await cancelDelivery(database.pool, first, asker);
    assert.equal(await passTurns(database.pool, [first]), 0);
    await passTurn(database.pool, first);
    assert.deepEqual(await takenIds(), [second]);

    await takeTurn(database.pool, second, 0);
    await cancelDelivery(database.pool, second, asker);
    assert.equal(await passTurns(database.pool, [second]), 1);
  });

  it('keep their place while they wait for their next attempt', async () => {
    const [first, second] = await three();
    await takeTurn(database.pool, first, minuteMs);
    await awaitTurn(database.pool, [second]);

    await record(database.pool, failedAttempt({ deliveryId: first, hookId, eventId: first }));
    await passTurn(database.pool, first);

    assert.deepEqual(await takenIds(), []);
    assert.equal(await stateOf(second), 'waiting');
  });

  it('are not forgotten when one begins to wait as the one before it ends', async () => {
    const [first, second] = await three();
    const ending = await database.pool.connect();
    try {
      await ending.query('begin');
      await cancelDelivery(ending, first, asker);
      assert.deepEqual(await awaitTurn(database.pool, [second]), [second]);
      await ending.query('commit');
    } finally {
      ending.release();
    }

    assert.equal(await passTurns(database.pool, [second]), 1);
    assert.deepEqual(await takenIds(), [second]);
  });

  it('are found when whoever ended the one before them did not live to tell', async () => {
    const [first, second, third] = await three();
    await awaitTurn(database.pool, [second, third]);
    assert.equal(await passForgottenTurns(database.pool, 10), 0);

    await deliver(first);

    assert.equal(await passForgottenTurns(database.pool, 10), 1);
    assert.deepEqual(await takenIds(), [second]);
    assert.equal(await stateOf(third), 'waiting');
  });

  it('are those of one hook and one key only', async () => {
    const otherHook = await makeHookRow(database.pool, repository);
    const ids = await taken('a', 'b');

    assert.equal(ids.length, 4);
    assert.deepEqual(await awaitTurn(database.pool, ids), []);
    assert.ok(await takeTurn(database.pool, ids[3] as string, minuteMs), otherHook);
  });

  it('join a line only when whoever joined it before is to be seen', async () => {
    const terms = { deliverAt: null, expiresAt: null, orderKey: 'a' };
    const event = newEvent(repository, 'star.added', { terms });
    const joining = await database.pool.connect();
    try {
      await joining.query('begin');
      await accept(joining, [event]);
      let joined = false;
      const next = accept(database.pool, [event]).then(() => (joined = true));
      await accept(database.pool, [newEvent(repository)]);

      assert.equal(joined, false);
      await joining.query('commit');
      await next;
    } finally {
      joining.release();
    }

    const rows = await query<{ inOrder: boolean }>(database.pool, {
      text: `select id < lead(id) over (order by order_number) as "inOrder" from delivery
        where hook_id = $1 and order_number is not null`,
      values: [hookId],
    });
    assert.deepEqual(
      rows.map(({ inOrder }) => inOrder),
      [true, null],
    );
  });
});
