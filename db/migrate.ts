/**
 * Brings the schema up to date, and tells whether it is.
 * Safe to call from several processes at once: an advisory lock lets one at a time migrate.
 */
import type { Database } from './orm.ts';

const migrationLock = 4_807_211;

/** Runs the migrations that are missing. Waits for another process that is migrating, up to the statement deadline. */
export async function migrate(database: Database): Promise<readonly string[]> {
  const client = await database.pool.connect();
  try {
    await client.query('set lock_timeout = 0');
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    const done = await database.orm.migrator.up();
    return done.map((migration) => migration.name);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [migrationLock]).catch(() => undefined);
    client.release(true);
  }
}

/** Names of the migrations that have not run. */
export async function pendingMigrations(database: Database): Promise<readonly string[]> {
  const pending = await database.orm.migrator.getPending();
  return pending.map((migration) => migration.name);
}
