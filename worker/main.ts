/** One worker process of production: reads the environment, runs the engine, stops it on a signal. */
import { listenForWaiting } from '#db/announcements.ts';
import { openDatabase } from '#db/orm.ts';
import { ConfigError, readConfig, summarise } from '#platform/config.ts';
import { createLog } from '#platform/log.ts';
import { createClosing, untilSignalled } from '#platform/shutdown.ts';
import { connectTemporal } from '#platform/temporal.ts';
import { bundleWorkflows } from './bundle-workflows.ts';
import { installRuntime } from './runtime.ts';
import { startEngine } from './start-engine.ts';

/** Connections to PostgreSQL that one worker process may hold. */
const connections = 20;

/** Milliseconds that attempts under way are given to finish: the longest attempt and a margin. */
const graceMs = 35_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  installRuntime(log);
  const closing = createClosing(log, graceMs + 10_000);
  const database = await openDatabase({
    url: config.databaseUrl,
    connections,
    note: (message) => log.info(message),
  });
  closing.add('database', database.close);
  const temporal = connectTemporal(config.temporal);
  closing.add('temporal', temporal.close);
  try {
    const engine = await startEngine({ config, database, temporal, log, bundle: bundleWorkflows(), graceMs });
    closing.add('engine', engine.stop);
    const listening = listenForWaiting(config.databaseUrl, engine.noteWaiting, (error) =>
      log.warn({ err: error }, 'dispatch.not_listening'),
    );
    closing.add('listening', listening.stop);
    log.info(summarise(config), 'worker.started');
    log.info({ signal: await untilSignalled() }, 'worker.stopping');
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
