/**
 * PostgreSQL and Temporal without Holdfast, as `npm start` would start them, held by a process of their own: what
 * separate processes of Holdfast and the baselines run against. Holds those processes of Holdfast as well, so that
 * nothing stays behind when the bench lets go or is killed.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { migrate } from '#db/migrate.ts';
import { openDatabase } from '#db/orm.ts';
import { searchAttributes } from '#domain/ids.ts';
import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { startPostgres } from '#platform/embedded/postgres.ts';
import { findTemporalCli } from '#platform/embedded/temporal-binary.ts';
import { startTemporal } from '#platform/embedded/temporal.ts';
import { createLog } from '#platform/log.ts';
import { createClosing } from '#platform/shutdown.ts';
import { findRedis, launchRedis, type Redis, type RunningRedis } from '../baselines/redis.ts';
import { serveRemote } from '../processes/remote.ts';
import { startNodeProcess, type NodeProcess, type NodeProcessOptions } from './node-process.ts';

/** Where the servers are. */
export interface ServerAddresses {
  readonly databaseUrl: string;
  readonly temporal: string;
}

const stepDeadlineMs = 20_000;
const migrationConnections = 2;

const log = createLog('warn');
const closing = createClosing(log, stepDeadlineMs);

async function provideDatabase(dataDir: string): Promise<string> {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') return given;
  const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), log });
  closing.add('postgres', postgres.stop);
  return postgres.url;
}

async function provideTemporal(dataDir: string): Promise<string> {
  const given = process.env['TEMPORAL_ADDRESS'];
  if (given !== undefined && given !== '') return given;
  const env = process.env;
  const { path: cli } = await findTemporalCli({ env, cacheDir: await findCacheFolder(env), log });
  const temporal = await startTemporal({ cli, dataDir: join(dataDir, 'temporal'), log, searchAttributes });
  closing.add('temporal', temporal.stop);
  return temporal.address;
}

async function start(dataDir: string): Promise<ServerAddresses> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const [databaseUrl, temporal] = await Promise.all([provideDatabase(dataDir), provideTemporal(dataDir)]);
  const database = await openDatabase({
    url: databaseUrl,
    connections: migrationConnections,
    note: () => undefined,
  });
  try {
    await migrate(database);
  } finally {
    await database.close();
  }
  return { databaseUrl, temporal };
}

const nodes = new Map<number, NodeProcess>();
const starting = new Set<Promise<unknown>>();

/** Starts a process of Holdfast. */
async function startNode(options: NodeProcessOptions): Promise<Pick<NodeProcess, 'pid' | 'startedLine'>> {
  const started = startNodeProcess(options).then((each) => {
    nodes.set(each.pid, each);
    return each;
  });
  starting.add(started);
  const node = await started.finally(() => starting.delete(started));
  return { pid: node.pid, startedLine: node.startedLine };
}

async function killNode(pid: number): Promise<void> {
  await nodes.get(pid)?.kill();
  nodes.delete(pid);
}

let redis: Redis | undefined;

async function startRedis(folder: string): Promise<RunningRedis | undefined> {
  const version = await findRedis();
  if (version === undefined) return undefined;
  redis ??= await launchRedis(folder, version);
  const { stop: _stop, ...running } = redis;
  return running;
}

async function close(): Promise<void> {
  await Promise.allSettled(starting);
  await Promise.all([...nodes.keys()].map(killNode));
  await redis?.stop();
  await closing.run();
}

const services = { start, startNode, killNode, startRedis };

/** What the process can be told. */
export type ServersServices = typeof services;

serveRemote(services, close);
