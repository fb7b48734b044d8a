/** One API process of its own for tests of what goes wrong around it: its servers may be away, its log can be read. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi, type ApiOptions } from '#api/start-api.ts';
import { openDatabase, type Database } from '#db/orm.ts';
import { readConfig } from '#platform/config.ts';
import { createLog } from '#platform/log.ts';
import { connectTemporal } from '#platform/temporal.ts';

/** A running API. */
export interface ApiAlone {
  readonly url: string;
  readonly platformToken: string;
  readonly database: Database;
  /** Every line logged so far. */
  readonly logged: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** What it runs against. */
export interface AloneOptions {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly api?: Partial<ApiOptions>;
  /** Called when the database is open and the door is not. */
  readonly beforeOpening?: (database: Database) => Promise<void>;
}

/** Starts an API, whether or not anything answers at the addresses. */
export async function startApiAlone({
  databaseUrl,
  temporalAddress,
  env,
  api,
  beforeOpening,
}: AloneOptions): Promise<ApiAlone> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-api-'));
  const logFile = join(folder, 'log');
  const log = createLog('debug', logFile);
  const platformToken = `hf_${randomUUID()}`;
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_TASK_QUEUE: `test-${randomUUID()}`,
    HOLDFAST_PORT: '0',
    HOLDFAST_PLATFORM_TOKEN: platformToken,
    HOLDFAST_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    ...env,
  });
  const database = await openDatabase({
    url: databaseUrl,
    connections: 10,
    note: (message) => log.info(message),
  });
  const temporal = connectTemporal(config.temporal);
  await beforeOpening?.(database);
  const running = await startApi({
    config,
    database,
    temporal,
    log,
    announceWaiting: () => undefined,
    ...api,
  });
  return {
    url: running.url,
    platformToken,
    database,
    logged: async () => {
      log.flush();
      return readFile(logFile, 'utf8');
    },
    stop: async () => {
      await running.stop();
      await temporal.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
