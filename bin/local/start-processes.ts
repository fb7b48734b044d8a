/**
 * What runs in this process when everything runs on one machine: the worker, and the API in a thread of its own, on servers
 * that are there. Apart from `start-local.ts`, which begins those servers first and loads this while they start.
 */
import { hashToken } from '#api/access-tokens.ts';
import { migrate } from '#db/migrate.ts';
import { openDatabase } from '#db/orm.ts';
import { seedToken } from '#db/queries/seed-token.ts';
import { readConfig } from '#platform/config.ts';
import type { Log } from '#platform/log.ts';
import type { Closing } from '#platform/shutdown.ts';
import { connectTemporal } from '#platform/temporal.ts';
import type { bundleWorkflows } from '#worker/bundle-workflows.ts';
import { installRuntime } from '#worker/runtime.ts';
import { startEngine } from '#worker/start-engine.ts';
import { firstRepository } from './first-hook.ts';
import { launchApi } from './launch-api.ts';
import type { LocalSecrets } from './local-secrets.ts';

/** What API and worker need. */
export interface ProcessOptions {
  /** The environment, which says where the servers are. */
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: LocalSecrets;
  readonly bundle: ReturnType<typeof bundleWorkflows>;
  readonly log: Log;
  readonly logFile: string;
  readonly closing: Closing;
}

/** The open door. */
export interface LocalProcesses {
  readonly apiUrl: string;
  readonly platformToken: string;
}

/** Milliseconds that attempts under way are given when everything stops; all of it must end within ten seconds. */
const graceMs = 2000;
/** Connections to PostgreSQL: each keeps its plans, and on one machine more of them make nothing faster. */
const connections = 12;

/** The addresses that hooks may reach on one's own machine. */
const loopback = '127.0.0.0/8,::1,localhost';

/** Migrates, starts the worker and opens the door; resolves when the worker polls. */
export async function startProcesses({
  env,
  secrets,
  bundle,
  log,
  logFile,
  closing,
}: ProcessOptions): Promise<LocalProcesses> {
  const platformToken = env['HOLDFAST_PLATFORM_TOKEN'] || secrets.platformToken;
  const completeEnv = {
    HOLDFAST_ALLOW_TARGETS: loopback,
    ...env,
    HOLDFAST_PLATFORM_TOKEN: platformToken,
    HOLDFAST_ENCRYPTION_KEYS: env['HOLDFAST_ENCRYPTION_KEYS'] || secrets.encryptionKeys,
  };
  const config = readConfig(completeEnv);
  let noteWaiting = (): void => undefined;
  const api = launchApi({ env: completeEnv, logLevel: log.level, logFile }, () => noteWaiting());
  closing.add('api thread', api.end);
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
  });
  closing.add('engine', engine.stop);
  closing.add('api', api.close);
  ({ noteWaiting } = engine);
  const [apiUrl] = await Promise.all([api.open(), engine.ready]);
  return { apiUrl, platformToken };
}
