import assert from 'node:assert/strict';
import { openDatabase } from '#db/orm.ts';
import { createTestDatabase } from '../support/database.ts';

describe('an opened database', () => {
  it('opens while the server is away, and says so at the first statement', async () => {
    const nowhere = 'postgresql://holdfast@127.0.0.1:1/holdfast';

    const database = await openDatabase({ url: nowhere, connections: 2, note: () => undefined });

    await assert.rejects(database.pool.query('select 1'), { code: 'ECONNREFUSED' });
    await database.close();
  });

  it('holds no connection once it is closed', async function () {
    this.timeout(60_000);
    const created = await createTestDatabase();
    const database = await openDatabase({ url: created.url, connections: 2, note: () => undefined });
    await database.pool.query('select');
    assert.equal(database.pool.totalCount, 1);

    await database.close();

    assert.equal(database.pool.totalCount, 0);
    await assert.rejects(database.pool.query('select'), /after calling end/);
    await created.drop();
  });
});
