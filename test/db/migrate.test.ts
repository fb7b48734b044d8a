import assert from 'node:assert/strict';
import { migrate, pendingMigrations } from '#db/migrate.ts';
import { openDatabase, type Database } from '#db/orm.ts';
import { query } from '#db/query.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { countOf } from './records.ts';

const migrations = [
  '20261122000001_initial',
  '20261122000002_group_dispatch',
  '20261122000003_services',
  '20261122000004_control',
  '20261122000005_holding',
  '20261122000006_schedules',
  '20261122000007_ordering',
  '20261122000008_notices',
  '20261122000009_limits',
  '20261122000010_replays',
];

describe('migrations', () => {
  let empty: Awaited<ReturnType<typeof createEmptyDatabase>>;
  const opened: Database[] = [];

  const open = async (): Promise<Database> => {
    const database = await openDatabase({ url: empty.url, connections: 4, note: () => undefined });
    opened.push(database);
    return database;
  };

  beforeEach(async function () {
    this.timeout(60_000);
    empty = await createEmptyDatabase();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()));
    await empty.drop();
  });

  it('make the schema in an empty database, and a second run changes nothing', async () => {
    const database = await open();
    const tables = () =>
      query(database.pool, {
        text: `select table_name, column_name, data_type from information_schema.columns
               where table_schema = 'public' order by 1, ordinal_position`,
        values: [],
      });

    assert.deepEqual(await pendingMigrations(database), migrations);
    assert.deepEqual(await migrate(database), migrations);
    const before = await tables();

    assert.deepEqual(await migrate(database), []);
    assert.deepEqual(await tables(), before);
    assert.deepEqual(await pendingMigrations(database), []);
  });

  it('run once when several processes begin them at the same time', async () => {
    const databases = await Promise.all([open(), open(), open()]);

    const done = await Promise.all(databases.map((database) => migrate(database)));

    assert.deepEqual(done.flat(), migrations);
    assert.equal(await countOf(databases[0].pool, 'mikro_orm_migrations'), migrations.length);
  });

  it('leave no lock behind', async () => {
    const database = await open();

    await migrate(database);

    assert.equal(await countOf(database.pool, 'pg_locks', "locktype = 'advisory'"), 0);
  });

  it('give the connection of a failed run back', async () => {
    const database = await open();
    await query(database.pool, { text: 'create table repository (id integer)', values: [] });

    await assert.rejects(migrate(database), /repository/);

    assert.deepEqual(await pendingMigrations(database), migrations);
    await query(database.pool, { text: 'drop table repository', values: [] });
    assert.deepEqual(await migrate(database), migrations);
  });
});
