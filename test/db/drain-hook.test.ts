import assert from 'node:assert/strict';
import {
  drainCourse,
  endDrain,
  hooksToDrain,
  noteDrained,
  takeHeld,
  takenByDrain,
} from '#db/queries/drain-hook.ts';
import { pauseHook, resumeHook } from '#db/queries/pause-hook.ts';
import { claimDeliveries } from '#db/queries/sweep-deliveries.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  accept,
  failedAttempt,
  holdDays,
  makeDeliveryRows,
  makeHookRow,
  makeRepositoryRow,
  newEvent,
  record,
  rowOf,
  success,
  type RepositoryRow,
} from './records.ts';

describe('draining a hook', () => {
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

  const pause = () => pauseHook(database.pool, hookId, { until: null, holds: true, holdDays });
  const heldDeliveries = async (count: number): Promise<readonly string[]> => {
    await pause();
    const rows = await makeDeliveryRows(database.pool, repository, hookId, count);
    return rows.map(({ deliveryId }) => deliveryId);
  };
  const resume = () => resumeHook(database.pool, hookId, 10);
  const take = async (limit: number) => (await takeHeld(database.pool, hookId, limit)).map(({ id }) => id);

  it('takes what is held in the order in which it was accepted, each for itself', async () => {
    const ids = await heldDeliveries(6);
    await resume();

    const taken = [...(await take(2)), ...(await take(3)), ...(await take(100))];

    assert.deepEqual(taken, ids);
    assert.deepEqual(await take(100), []);
  });

  it('takes nothing of a hook that is paused, off or not to be drained', async () => {
    await heldDeliveries(1);
    const paused = await take(10);
    await resume();
    await query(database.pool, { text: 'update hook set active = false where id = $1', values: [hookId] });

    const off = [await take(10), await drainCourse(database.pool, hookId)];

    assert.deepEqual(paused, []);
    assert.deepEqual(off, [[], undefined]);
  });

  it('finds what a call had taken that died, and nothing that is on record', async () => {
    const ids = await heldDeliveries(3);
    await resume();
    await take(2);
    const first = { deliveryId: ids[0] as string, hookId, eventId: ids[0] as string };
    await record(database.pool, { ...failedAttempt(first), ...success });

    const found = await takenByDrain(database.pool, hookId);

    assert.deepEqual(
      found.map(({ id }) => id),
      [ids[1]],
    );
  });

  it('gives what was taken to the sweeper as of the drain, and not of a group', async () => {
    await heldDeliveries(1);
    await resume();
    await take(1);
    await query(database.pool, {
      text: `update delivery set due_at = now() - interval '1 hour', started_at = now() - interval '1 hour' where hook_id = $1`,
      values: [hookId],
    });

    const [claimed] = await claimDeliveries(database.pool, 'overdue', {
      graceMs: 1000,
      leaseMs: 1000,
      limit: 10,
      hookId,
    });

    assert.deepEqual([claimed?.groupId, claimed?.groupKind], [hookId, 'drain']);
  });

  it('holds what is accepted while it drains, and ends only when nothing is held', async () => {
    const [first] = await heldDeliveries(1);
    await resume();
    await take(1);
    const [second] = await makeDeliveryRows(database.pool, repository, hookId, 1);

    const early = await endDrain(database.pool, hookId);
    const taken = await take(1);
    const remaining = await noteDrained(database.pool, hookId, 2);
    const ended = await endDrain(database.pool, hookId);
    const [third] = await makeDeliveryRows(database.pool, repository, hookId, 1);

    assert.notEqual(first, undefined);
    assert.equal(early, false);
    assert.deepEqual(taken, [second?.deliveryId]);
    assert.deepEqual([remaining, ended], [0, true]);
    assert.equal((await rowOf(database.pool, 'delivery', third?.deliveryId as string))['state'], 'pending');
  });

  it('drains anew what was accepted by somebody who saw the drain and came after its end', async () => {
    await heldDeliveries(0);
    await resume();
    const late = await database.pool.connect();
    try {
      await late.query('begin isolation level repeatable read');
      await late.query('select 1 from hook');
      await endDrain(database.pool, hookId);
      await accept(late, [newEvent(repository)]);
      await late.query('commit');
    } finally {
      late.release();
    }

    const hooks = await hooksToDrain(database.pool, 10);

    assert.ok(hooks.includes(hookId));
    assert.equal((await take(10)).length, 1);
  });

  it('keeps the hold of what is accepted while it is paused for as many days as any', async () => {
    const [id] = await heldDeliveries(1);

    const row = await rowOf(database.pool, 'delivery', id as string);

    const days = ((row['due_at'] as Date).getTime() - (row['held_at'] as Date).getTime()) / 86_400_000;
    assert.deepEqual([row['state'], row['started_at'], Math.round(days)], ['held', null, holdDays]);
  });
});
