import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { dropLease, takeLease } from '#db/queries/hook-lease.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeHookRow, makeRepositoryRow } from './records.ts';

const minute = 60_000;

describe('leases', () => {
  let database: TestDatabase;
  let hookId: string;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());
  beforeEach(async () => {
    hookId = await makeHookRow(database.pool, await makeRepositoryRow(database.pool));
  });

  const take = (most: number, holder: string = randomUUID(), lastsMs = minute) =>
    takeLease(database.pool, { hookId, most, holder, lastsMs });
  const free = (taken: readonly (number | undefined)[]) => taken.filter((slot) => slot !== undefined);

  it('are no more than there may be, whoever takes them at once, and none is left over', async () => {
    const rounds: (number | undefined)[] = [];
    for (let round = 0; round < 5; round += 1)
      rounds.push(...(await Promise.all(Array.from({ length: 8 }, () => take(5)))));

    assert.equal(free(rounds).length, 5);
    assert.deepEqual(new Set(free(rounds)), new Set([1, 2, 3, 4, 5]));
  });

  it('are free when they are given back, and when they have ended', async () => {
    const holder = randomUUID();
    const slot = (await take(1, holder)) as number;
    assert.equal(await take(1), undefined);

    await dropLease(database.pool, hookId, slot, holder);
    assert.equal(await take(1, randomUUID(), 0), 1);
    assert.equal(await take(1), 1);
  });

  it('are not given back by who does not hold them any more', async () => {
    const early = randomUUID();
    await take(1, early, 0);
    await take(1);

    await dropLease(database.pool, hookId, 1, early);

    assert.equal(await take(1), undefined);
  });
});
