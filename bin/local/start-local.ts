/**
 * Everything on one machine, in one process and its two servers: embedded PostgreSQL and Temporal, API and worker.
 * For trying out, for small installations and for tests; hooks may reach loopback here, as production never lets them.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { searchAttributes } from '#domain/ids.ts';
import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { DirectoryInUseError, lockDirectory, type DirectoryLock } from '#platform/embedded/directory-lock.ts';
import { startPostgres } from '#platform/embedded/postgres.ts';
import { findTemporalCli } from '#platform/embedded/temporal-binary.ts';
import { startTemporal } from '#platform/embedded/temporal.ts';
import type { Log } from '#platform/log.ts';
import { createClosing, type Closing } from '#platform/shutdown.ts';
import { bundleWorkflows } from '#worker/bundle-workflows.ts';
import { keepSecrets, type LocalSecrets } from './local-secrets.ts';

/** How to run everything. */
export interface LocalOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly dataDir: string;
  readonly log: Log;
  readonly closing: Closing;
}

/** Where everything is, as `addresses.json` says it. */
export interface Addresses {
  readonly api: string;
  readonly ui: string;
  readonly temporal: string;
  readonly temporalUi: string | null;
  readonly databaseUrl: string;
}

/** A running installation. */
export interface Local {
  readonly addresses: Addresses;
  readonly secrets: LocalSecrets;
  /** Where Temporal's program came from. */
  readonly temporalSource: string;
}

const stepDeadlineMs = 6000;

/** Where the log of an installation on one machine goes. */
export const logFileOf = (dataDir: string): string => join(dataDir, 'holdfast.log');

/** Makes the closing of an installation on one machine. */
export function createLocalClosing(log: Log): Closing {
  return createClosing(log, stepDeadlineMs);
}

/**
 * Starts everything; what was started is in `closing`, also when this throws.
 *
 * @throws DirectoryInUseError when another process runs on the same data folder
 */
export async function startLocal({ env, dataDir, log, closing }: LocalOptions): Promise<Local> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await takeFolder(dataDir);
  closing.add('lock', () => lock.release());
  const secrets = await keepSecrets(dataDir);
  const bundle = bundleWorkflows();
  const [databaseUrl, temporalServer] = await Promise.all([
    provideDatabase({ env, dataDir, log, closing }),
    provideTemporal({ env, dataDir, log, closing }),
  ]);
  const { startProcesses } = await loadProcesses();
  const { apiUrl, platformToken } = await startProcesses({
    env: { ...env, DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: temporalServer.address },
    secrets,
    bundle,
    log,
    logFile: logFileOf(dataDir),
    closing,
  });
  const addresses = {
    api: apiUrl,
    ui: `${apiUrl}/ui`,
    temporal: temporalServer.address,
    temporalUi: temporalServer.uiUrl,
    databaseUrl,
  };
  await announce(dataDir, addresses, closing);
  return {
    addresses,
    secrets: { ...secrets, platformToken },
    temporalSource: temporalServer.source,
  };
}

/**
 * Loads API and worker. That keeps this process busy for more than a second, so it is begun as soon as both servers
 * are on their way, and not before.
 */
const loadProcesses = () => import('./start-processes.ts');

type Parts = Pick<LocalOptions, 'env' | 'dataDir' | 'log' | 'closing'>;

async function provideDatabase({ env, dataDir, log, closing }: Parts): Promise<string> {
  const given = env['DATABASE_URL'];
  if (given !== undefined && given !== '') return given;
  const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), log });
  closing.add('postgres', postgres.stop);
  return postgres.url;
}

async function provideTemporal({ env, dataDir, log, closing }: Parts) {
  const given = env['TEMPORAL_ADDRESS'];
  if (given !== undefined && given !== '') return { address: given, uiUrl: null, source: 'TEMPORAL_ADDRESS' };
  const { path, source } = await findTemporalCli({ env, cacheDir: await findCacheFolder(env), log });
  const temporal = await startTemporal({
    cli: path,
    dataDir: join(dataDir, 'temporal'),
    log,
    searchAttributes,
    // Whatever is wrong shows itself where the result is awaited.
    onSpawn: () => void loadProcesses().catch(() => undefined),
  });
  closing.add('temporal', temporal.stop);
  return { address: temporal.address, uiUrl: temporal.uiUrl, source };
}

/** Milliseconds after which a process whose parent was killed has noticed, and in which one that stops has stopped. */
const noticedMs = 1500;
const stoppedMs = 12_000;

/**
 * Takes the data folder for this process. Waits for one that is stopping, which its missing addresses tell.
 *
 * @throws DirectoryInUseError when the other one goes on running
 */
async function takeFolder(dataDir: string): Promise<DirectoryLock> {
  const startedAt = Date.now();
  for (;;) {
    try {
      return await lockDirectory(dataDir);
    } catch (error) {
      const patienceMs = existsSync(addressesFile(dataDir)) ? noticedMs : stoppedMs;
      if (!(error instanceof DirectoryInUseError) || Date.now() - startedAt > patienceMs) throw error;
      await delay(100);
    }
  }
}

const addressesFile = (dataDir: string): string => join(dataDir, 'addresses.json');

/** Writes where everything is; the file goes when it is no longer true. */
async function announce(dataDir: string, addresses: Addresses, closing: Closing): Promise<void> {
  const file = addressesFile(dataDir);
  await writeFile(file, `${JSON.stringify(addresses, undefined, 2)}\n`, { mode: 0o600 });
  closing.add('addresses', () => rm(file, { force: true }));
}
