/** The migration command: brings the schema of `DATABASE_URL` up to date and says what it did. */
import { migrate } from './migrate.ts';
import { openDatabase } from './orm.ts';

const url = process.env['DATABASE_URL'];
if (url === undefined || url === '') {
  process.stderr.write('DATABASE_URL is missing: it must be the PostgreSQL database to migrate\n');
  process.exitCode = 1;
} else {
  const database = await openDatabase({ url, connections: 2, note: () => undefined });
  try {
    const done = await migrate(database);
    process.stdout.write(done.length === 0 ? 'The schema is up to date\n' : `Migrated: ${done.join(', ')}\n`);
  } finally {
    await database.close();
  }
}
