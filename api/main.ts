/** One API process of production: reads the environment, opens the door, closes it on a signal. */
import { createAnnouncer } from '#db/announcements.ts';
import { openDatabase } from '#db/orm.ts';
import { ConfigError, readConfig, summarise } from '#platform/config.ts';
import { createLog } from '#platform/log.ts';
import { createClosing, untilSignalled } from '#platform/shutdown.ts';
import { connectTemporal } from '#platform/temporal.ts';
import { startApi } from './start-api.ts';

/** Connections to PostgreSQL that one API process may hold. */
const connections = 20;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  const closing = createClosing(log, 10_000);
  const database = await openDatabase({
    url: config.databaseUrl,
    connections,
    note: (message) => log.info(message),
  });
  closing.add('database', database.close);
  const temporal = connectTemporal(config.temporal);
  closing.add('temporal', temporal.close);
  try {
    const announceWaiting = createAnnouncer(database.pool, (error) =>
      log.debug({ err: error }, 'dispatch.not_announced'),
    );
    const api = await startApi({ config, database, temporal, log, announceWaiting });
    closing.add('api', api.stop);
    log.info({ url: api.url, ...summarise(config) }, 'api.started');
    log.info({ signal: await untilSignalled() }, 'api.stopping');
  } finally {
    await closing.run();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
}
