import assert from 'node:assert/strict';
import { openDatabase } from '#db/orm.ts';

describe('an opened database', () => {
  it('opens while the server is away, and says so at the first statement', async () => {
    const nowhere = 'postgresql://holdfast@127.0.0.1:1/holdfast';

    const database = await openDatabase({ url: nowhere, connections: 2, note: () => undefined });

    await assert.rejects(database.pool.query('select 1'), { code: 'ECONNREFUSED' });
    await database.close();
  });
});
