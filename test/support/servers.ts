/**
 * The PostgreSQL and Temporal servers of a test run: real ones, started by the first test that needs them,
 * shared by all, stopped by the root hooks. They live in a folder of their own that goes with the run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { searchAttributes } from '#domain/ids.ts';
import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { startPostgres } from '#platform/embedded/postgres.ts';
import { findTemporalCli } from '#platform/embedded/temporal-binary.ts';
import { startTemporal } from '#platform/embedded/temporal.ts';
import { createLog } from '#platform/log.ts';

/** What tests know of the servers. */
export interface Servers {
  /** The URL of the maintenance database; tests make their own databases beside it. */
  readonly postgresUrl: string;
  readonly temporalAddress: string;
  readonly stop: () => Promise<void>;
}

let running: Promise<Servers> | undefined;

/** The servers, started at the first call. */
export function servers(): Promise<Servers> {
  running ??= start();
  return running;
}

/** Stops the servers if any test started them. */
export async function stopServers(): Promise<void> {
  await (await running)?.stop();
}

async function start(): Promise<Servers> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  const log = createLog(process.env['HOLDFAST_LOG_LEVEL'] ?? 'silent');
  const { path } = await findTemporalCli({
    env: process.env,
    cacheDir: await findCacheFolder(process.env),
    log,
  });
  const [postgres, temporal] = await Promise.all([
    startPostgres({ dataDir: join(folder, 'postgres'), log }),
    startTemporal({ cli: path, dataDir: join(folder, 'temporal'), log, searchAttributes, headless: true }),
  ]);
  return {
    postgresUrl: postgres.url,
    temporalAddress: temporal.address,
    stop: async () => {
      await Promise.all([postgres.stop(), temporal.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
