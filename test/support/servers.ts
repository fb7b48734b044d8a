/**
 * The PostgreSQL and Temporal servers of a test run: real ones, shared by all tests, in a folder that goes with the
 * run. `npm test` starts them for all its processes; otherwise the first test that needs them does, and the root
 * hooks stop them.
 */
import { mkdtemp, rm, statfs } from 'node:fs/promises';
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
}

/** Servers that this process started. */
export interface RunningServers extends Servers {
  readonly stop: () => Promise<void>;
}

const givenName = 'HOLDFAST_TEST_SERVERS';

let running: Promise<RunningServers> | undefined;

/** The servers this process was given, or its own, started at the first call. */
export async function servers(): Promise<Servers> {
  const given = process.env[givenName];
  if (given !== undefined) return JSON.parse(given) as Servers;
  running ??= startServers();
  return running;
}

/** The environment of a process that is to use these servers. */
export function giveServers({ postgresUrl, temporalAddress }: Servers): NodeJS.ProcessEnv {
  return { [givenName]: JSON.stringify({ postgresUrl, temporalAddress }) };
}

/** Stops the servers if any test of this process started them. */
export async function stopServers(): Promise<void> {
  await (await running)?.stop();
}

/** Bytes that the databases of a run may need, with much to spare. */
const enoughBytes = 2 ** 31;

/**
 * Where the servers keep their data: in memory where there is enough of it. A run makes and drops hundreds of databases of
 * three hundred files each, which takes a disk's file system more time than all that the tests do with them.
 */
async function scratchFolder(): Promise<string> {
  const memory = '/dev/shm';
  const free = await statfs(memory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free >= enoughBytes ? memory : tmpdir();
}

/** Starts servers of their own. */
export async function startServers(): Promise<RunningServers> {
  const folder = await mkdtemp(join(await scratchFolder(), 'holdfast-test-'));
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
