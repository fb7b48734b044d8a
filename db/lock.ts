/** A lock of a name that any number of processes respect, held while some work is done on other connections. */
import type { Pool } from 'pg';

/**
 * Does work under the lock. Waits for it as long as any statement may wait for a lock.
 *
 * @throws PostgreSQL's error when the lock does not become free in time, and whatever the work throws
 */
export async function withLock<Result>(
  pool: Pool,
  name: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
    return await work();
  } finally {
    // Ends the lock; whatever became of the connection, the pool must have it back.
    await client.query('commit').catch(() => undefined);
    client.release();
  }
}
