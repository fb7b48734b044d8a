/**
 * Everything on one machine, in one process and its two servers: embedded PostgreSQL and Temporal, API and worker.
 * For trying out, for small installations and for tests; hooks may reach loopback here, as production never lets them.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startApi } from '#api/start-api.ts';
import { hashToken } from '#api/authentication.ts';
import { migrate } from '#db/migrate.ts';
import { openDatabase } from '#db/orm.ts';
import { seedToken } from '#db/queries/seed-token.ts';
import type { SweepTimes } from '#dispatch/sweep.ts';
import { searchAttributes } from '#domain/ids.ts';
import { readConfig, type Config } from '#platform/config.ts';
import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { DirectoryInUseError, lockDirectory, type DirectoryLock } from '#platform/embedded/directory-lock.ts';
import { startPostgres } from '#platform/embedded/postgres.ts';
import { findTemporalCli } from '#platform/embedded/temporal-binary.ts';
import { startTemporal } from '#platform/embedded/temporal.ts';
import type { Log } from '#platform/log.ts';
import { createClosing, type Closing } from '#platform/shutdown.ts';
import { connectTemporal } from '#platform/temporal.ts';
import { bundleWorkflows } from '#worker/bundle-workflows.ts';
import { installRuntime } from '#worker/runtime.ts';
import { startEngine } from '#worker/start-engine.ts';
import { firstRepository } from './first-hook.ts';
import { keepSecrets, type LocalSecrets } from './local-secrets.ts';

/** How to run everything. */
export interface LocalOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly dataDir: string;
  readonly log: Log;
  readonly closing: Closing;
  readonly sweepTimes?: SweepTimes;
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

/** Milliseconds that attempts under way are given when everything stops; all of it must end within ten seconds. */
const graceMs = 2000;
/** Connections to PostgreSQL: each keeps its plans, and on one machine more of them make nothing faster. */
const connections = 16;
const stepDeadlineMs = 6000;

/** The addresses that hooks may reach on one's own machine. */
const loopback = '127.0.0.0/8,::1,localhost';

/** Makes the closing of an installation on one machine. */
export function createLocalClosing(log: Log): Closing {
  return createClosing(log, stepDeadlineMs);
}

/**
 * Starts everything; what was started is in `closing`, also when this throws.
 *
 * @throws DirectoryInUseError when another process runs on the same data folder
 */
export async function startLocal({ env, dataDir, log, closing, sweepTimes }: LocalOptions): Promise<Local> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await takeFolder(dataDir);
  closing.add('lock', () => lock.release());
  const secrets = await keepSecrets(dataDir);
  const bundle = bundleWorkflows();
  const [databaseUrl, temporalServer] = await Promise.all([
    provideDatabase({ env, dataDir, log, closing }),
    provideTemporal({ env, dataDir, log, closing }),
  ]);
  const config = readConfig({
    HOLDFAST_ALLOW_TARGETS: loopback,
    ...env,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalServer.address,
    HOLDFAST_PLATFORM_TOKEN: env['HOLDFAST_PLATFORM_TOKEN'] || secrets.platformToken,
    HOLDFAST_ENCRYPTION_KEYS: env['HOLDFAST_ENCRYPTION_KEYS'] || secrets.encryptionKeys,
  });
  const apiUrl = await startProcesses(config, { log, closing, bundle, sweepTimes, secrets });
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
    secrets: { ...secrets, platformToken: config.platformToken ?? secrets.platformToken },
    temporalSource: temporalServer.source,
  };
}

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
  });
  closing.add('temporal', temporal.stop);
  return { address: temporal.address, uiUrl: temporal.uiUrl, source };
}

interface ProcessParts {
  readonly log: Log;
  readonly closing: Closing;
  readonly bundle: ReturnType<typeof bundleWorkflows>;
  readonly sweepTimes: SweepTimes | undefined;
  readonly secrets: LocalSecrets;
}

async function startProcesses(
  config: Config,
  { log, closing, bundle, sweepTimes, secrets }: ProcessParts,
): Promise<string> {
  const database = await openDatabase({
    url: config.databaseUrl,
    connections,
    note: (message) => log.info(message),
  });
  closing.add('database', database.close);
  await migrate(database);
  await seedToken(database.pool, hashToken(secrets.ownerToken), firstRepository.owner, [
    'read:repo_hook',
    'write:repo_hook',
    'admin:repo_hook',
    'events:write',
  ]);
  const temporal = connectTemporal(config.temporal);
  closing.add('temporal client', temporal.close);
  installRuntime(log);
  const engine = await startEngine({
    config,
    database,
    temporal,
    log,
    bundle,
    graceMs,
    ...(sweepTimes === undefined ? {} : { sweepTimes }),
  });
  closing.add('engine', engine.stop);
  const api = await startApi({ config, database, temporal, log, announceWaiting: engine.noteWaiting });
  closing.add('api', api.stop);
  await engine.ready;
  return api.url;
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
