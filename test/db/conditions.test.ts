import assert from 'node:assert/strict';
import { conditionsOf } from '#db/queries/conditions.ts';
import { floorOf } from '#db/queries/moment-id.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

describe('the conditions of a listing', () => {
  it('are those whose filters are set, with their values in order', () => {
    assert.deepEqual(
      conditionsOf([
        ['a', 'one = $?'],
        [null, 'never = $?'],
        [false, '(two = $? or three = $?)'],
      ]),
      { text: 'true\n and one = $1\n and (two = $2 or three = $2)', values: ['a', false] },
    );
  });

  it('hold for everything when no filter is set', () => {
    assert.deepEqual(conditionsOf([[null, 'one = $?']]), { text: 'true', values: [] });
  });
});

describe('a moment as an id', () => {
  let database: TestDatabase;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());

  it('is what the database makes of it', async () => {
    const moments = [0, 1, 1_795_373_029_382, Date.UTC(2200, 0, 1)];
    const rows = await query<{ id: string }>(database.pool, {
      text: `select uuid_floor(to_timestamp(ms / 1000.0)) as id from unnest($1::float8[]) as given (ms)`,
      values: [moments],
    });

    assert.deepEqual(
      moments.map(floorOf),
      rows.map(({ id }) => id),
    );
  });
});
