import assert from 'node:assert/strict';
import { callNext, formLineAnew, pushMoments, takeMoments, takeTurn } from '#db/queries/hook-line.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  failedAttempt,
  makeDeliveryRows,
  makeHookRow,
  makeRepositoryRow,
  record,
  rowOf,
  take,
  type DeliveryIds,
} from './records.ts';

const deadlines = { leastMs: 0, nearMs: 1000, atOnce: null, begun: false } as const;

describe('the line of a hook', () => {
  let database: TestDatabase;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());

  /** Deliveries of a hook with limits. */
  const wait = async (count: number, limits: string): Promise<readonly DeliveryIds[]> => {
    const repository = await makeRepositoryRow(database.pool);
    const hookId = await makeHookRow(database.pool, repository);
    await query(database.pool, { text: `update hook set ${limits} where id = $1`, values: [hookId] });
    return makeDeliveryRows(database.pool, repository, hookId, count);
  };
  const moments = ({ hookId }: DeliveryIds, changes: object = {}) =>
    takeMoments(database.pool, {
      hookId,
      perSecond: 100,
      count: 1,
      horizonMs: 60_000,
      hasTurn: false,
      ...changes,
    });
  const turn = ({ hookId, deliveryId }: DeliveryIds, changes: object = {}) =>
    takeTurn(database.pool, { hookId, deliveryId, run: 0, giveBack: true, ...deadlines, ...changes });
  const deliveryOf = ({ deliveryId }: DeliveryIds) => rowOf(database.pool, 'delivery', deliveryId);
  const turnOf = async (delivery: DeliveryIds): Promise<number> =>
    ((await deliveryOf(delivery))['turn_at'] as Date).getTime();

  it('has a moment for each request, a little more than the limit apart, whoever takes them at once', async () => {
    const [delivery] = (await wait(1, 'rate_limit_per_second = 100')) as [DeliveryIds];
    const from = Date.now();

    const taken = await Promise.all(
      Array.from({ length: 50 }, () =>
        moments(delivery, { count: 2 }).then((one) => ({ ...one, at: Date.now() })),
      ),
    );

    const [line] = await query<{ next: number }>(database.pool, {
      text: 'select extract(epoch from next_at)::float8 * 1000 as next from hook_line where hook_id = $1',
      values: [delivery.hookId],
    });
    assert.ok(taken.every(({ taken: isTaken }) => isTaken));
    assert.ok(((line as { next: number }).next - from) / 100 >= 10.2);
    const starts = taken.map(({ inMs, at }) => at + inMs).toSorted((a, b) => a - b);
    assert.ok((starts.at(-1) as number) - (starts[0] as number) > 900);
  });

  it('has no moment for those who have had no turn while others have one, and none that is too far ahead', async () => {
    const [first, second] = (await wait(2, 'rate_limit_per_second = 0.1')) as [DeliveryIds, DeliveryIds];
    await moments(first, { perSecond: 0.1 });

    const far = await moments(first, { horizonMs: 100 });
    await turn(second);
    const [newcomer, called] = [await moments(first), await moments(first, { hasTurn: true })];

    assert.deepEqual([far.taken, far.isOthersTurn], [false, false]);
    assert.ok(far.inMs > 5000 && far.inMs <= 10_250);
    assert.deepEqual([newcomer.taken, newcomer.isOthersTurn], [false, true]);
    assert.equal(called.taken, true);
  });

  it('moves the moments that nobody has when a request was late', async () => {
    const [delivery] = (await wait(1, 'rate_limit_per_second = 100')) as [DeliveryIds];
    await moments(delivery);

    await pushMoments(database.pool, delivery.hookId, 5000);

    assert.ok((await moments(delivery)).inMs > 4000);
  });

  it('has turns as far apart as the limits have it, for which deliveries without a workflow are given back', async () => {
    const made = await wait(3, 'rate_limit_per_second = 0.5, max_in_flight = 1');
    await take(database.pool);

    for (const delivery of made) await turn(delivery, { leastMs: 1000, nearMs: 0 });

    const turns = await Promise.all(made.map(turnOf));
    assert.deepEqual(
      turns.slice(1).map((at, index) => at - (turns[index] as number)),
      [2050, 2050],
    );
    const {
      state,
      started_at: startedAt,
      due_at: dueAt,
      turn_at: turnAt,
    } = await deliveryOf(made[0] as DeliveryIds);
    assert.deepEqual([state, startedAt, dueAt], ['waiting', null, turnAt]);
  });

  it('leaves a delivery where it is whose turn is near, and one that has ended', async () => {
    const [near, ended] = (await wait(2, 'rate_limit_per_second = 100')) as [DeliveryIds, DeliveryIds];
    await query(database.pool, {
      text: `update delivery set state = 'cancelled', settled_at = now() where id = $1`,
      values: [ended.deliveryId],
    });

    const turns = [await turn(near), await turn(ended, { leastMs: 5000, nearMs: 0 })];

    assert.deepEqual(
      turns.map(({ moved }) => moved),
      [false, false],
    );
    assert.equal((await deliveryOf(near))['state'], 'pending');
    assert.equal((await deliveryOf(ended))['state'], 'cancelled');
  });

  it('calls those who are next, with and without a workflow, and none that somebody has put off', async () => {
    const made = (await wait(4, 'max_in_flight = 1, reply_ms = 1500')) as DeliveryIds[];
    await take(database.pool);
    const [own, group, putOff, last] = made as [DeliveryIds, DeliveryIds, DeliveryIds, DeliveryIds];
    for (const delivery of made)
      await turn(delivery, { giveBack: delivery !== own, leastMs: 5000, nearMs: 0 });
    await query(database.pool, {
      text: `update delivery set due_at = now() + interval '1 day' where id = $1`,
      values: [putOff.deliveryId],
    });

    const called = await callNext(database.pool, own.hookId, 2);

    assert.equal(called, 2);
    const rows = await Promise.all([own, group, putOff, last].map(deliveryOf));
    assert.deepEqual(
      rows.map(({ state, wake_requested: wake }) => [state, wake]),
      [
        ['waiting', true],
        ['pending', false],
        ['waiting', false],
        ['waiting', false],
      ],
    );
  });

  it('forgets a turn once its attempt is on record, and all turns without a workflow when it is formed anew', async () => {
    const [failed, waiting] = (await wait(2, 'rate_limit_per_second = 0.1')) as [DeliveryIds, DeliveryIds];
    for (const delivery of [failed, waiting]) await turn(delivery, { leastMs: 5000, nearMs: 0 });

    await record(database.pool, failedAttempt(failed));
    await formLineAnew(database.pool, failed.hookId);

    const rows = await Promise.all([failed, waiting].map(deliveryOf));
    assert.deepEqual(
      rows.map(({ turn_at: turnAt }) => turnAt),
      [null, null],
    );
    const [dueOfFailed, dueOfWaiting] = rows.map(({ due_at: dueAt }) => (dueAt as Date).getTime());
    assert.ok(Number(dueOfFailed) > Date.now() + 30_000);
    assert.ok(Number(dueOfWaiting) <= Date.now());
    assert.equal((await moments(waiting, { perSecond: 0.1 })).taken, true);
  });
});
