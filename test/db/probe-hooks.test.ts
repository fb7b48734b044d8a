import assert from 'node:assert/strict';
import { beginProbes } from '#db/queries/probe-hooks.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeHookRow, makeRepositoryRow } from './records.ts';

describe('probing hooks that are off', () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.drop());

  it('waits longer before each probe, up to half an hour, and leaves one that is gone alone', async () => {
    const { pool } = database;
    const repository = await makeRepositoryRow(pool);
    const hooks = [await makeHookRow(pool, repository), await makeHookRow(pool, repository)];
    await query(pool, {
      text: `
        update hook set probe_when_disabled = true, active = false, disabled_at = now() - interval '1 day', probe_at = now(),
          probe_count = case when id = $1 then 4 else 2 end, disabled_reason = case when id = $1 then 'delivery_exhausted' else 'gone' end
        where id = any ($2::uuid[])`,
      values: [hooks[0], hooks],
    });
    await query(pool, {
      text: `
        insert into delivery (event_id, hook_id, repository_id, event_type, state, held_at)
        select uuidv7(), id, repository_id, 'push', 'held', now() from hook where id = any ($1::uuid[])`,
      values: [hooks],
    });

    const probed = await beginProbes(pool, { firstSeconds: 60, mostSeconds: 1800 });

    const rows = await query<{ readonly id: string; readonly count: number; readonly minutes: number }>(
      pool,
      {
        text: `
        select id, probe_count as count, round(extract(epoch from probe_at - now()) / 60)::integer as minutes
        from hook where id = any ($1::uuid[])`,
        values: [hooks],
      },
    );
    const byId = new Map(rows.map(({ id, count, minutes }) => [id, [count, minutes]]));
    assert.equal(probed, 1);
    assert.deepEqual(byId.get(hooks[0] as string), [5, 30]);
    assert.deepEqual(byId.get(hooks[1] as string), [2, 0]);
  });
});
