/**
 * Runs a PostgreSQL of our own for one machine: on 127.0.0.1 only, with a password, its data kept durably
 * (fsync stays on) in the folder it is given.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { Client } from 'pg';

import { findFreePort, isPortFree } from './free-port.ts';
import { stopLeftover } from './leftover.ts';
import type { Log } from './log.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { checkOwner, POSTGRES_USER, postgresEnvironment, prepareCluster } from './postgres-cluster.ts';
import { isAlive } from './process-identity.ts';
import { startServer, type ServerOptions, type ServerProcess } from './server-process.ts';
import { findUnprivileged } from './unprivileged.ts';

const NAME = 'PostgreSQL';
const DATABASE = 'holdfast';
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const QUERY_TIMEOUT_MS = 5_000;
const PORT_TRIES = 3;

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'shared_buffers=64MB',
  'timezone=UTC',
  'log_timezone=UTC',
  'logging_collector=off',
  'log_min_messages=warning',
  'log_checkpoints=off',
  // Statements and rows carry payloads: neither belongs in a log.
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
] as const;

/** Where the data live and, optionally, the port to insist on. */
export interface PostgresOptions {
  readonly dataDir: string;
  readonly log: Log;
  readonly port?: number | undefined;
  readonly onRestart?: (() => void) | undefined;
}

/** A running PostgreSQL. Its URL holds the password: never log it. */
export interface RunningPostgres {
  readonly url: string;
  readonly port: number;
  /** The pid of the present run; undefined between two runs. */
  readonly pid: number | undefined;
  readonly stop: () => Promise<void>;
}

/** Starts PostgreSQL on the data folder, making cluster and database at the first start. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { log } = options;
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await checkOwner(dataDir);
  const binaries = await findPostgresBinaries();
  const unprivileged = await findUnprivileged();
  const leftover = {
    name: NAME,
    command: binaries.postgres,
    dataPath: join(dataDir, 'postgres'),
    stopSignal: 'SIGINT',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    log,
  } as const;
  const pidFile = join(dataDir, 'postgres.pid');
  const ownPidFile = join(dataDir, 'postgres', 'postmaster.pid');
  // Before the cluster is touched and the port is chosen.
  await stopLeftover({ ...leftover, pidFile });
  await stopLeftover({ ...leftover, pidFile: ownPidFile });
  await disownRecycledPid(ownPidFile);
  const cluster = await prepareCluster(dataDir, binaries, unprivileged);

  const { server, port } = await startOnFreePort(dataDir, options.port, (candidate) => ({
    ...leftover,
    pidFile,
    logFile: join(dataDir, 'postgres.log'),
    launcher: unprivileged?.launcher,
    args: ['-D', cluster.folder, ...[`port=${candidate}`, ...SETTINGS].flatMap((it) => ['-c', it])],
    env: postgresEnvironment(),
    // A start may keep this process too busy to hear an answer in time: until the database is there it is asked again.
    isReady: () => makeDatabase(urlOf('postgres', cluster.password, candidate)),
    readyTimeoutMs: READY_TIMEOUT_MS,
    onRestart: options.onRestart,
  }));
  log.info({ server: NAME, port, pid: server.pid }, `${NAME} answers at 127.0.0.1:${port}.`);
  return {
    url: urlOf(DATABASE, cluster.password, port),
    port,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
  };
}

/**
 * PostgreSQL refuses to start when the pid in its old postmaster.pid is alive, though it may be anybody's by
 * now. Our own pid it does not mind, as it is its parent's; the rest of the file guards against backends that
 * survived, and must stay.
 */
async function disownRecycledPid(ownPidFile: string): Promise<void> {
  const note = await readFile(ownPidFile, 'utf8').catch(() => undefined);
  const pid = Number.parseInt(note ?? '', 10);
  if (note === undefined || Number.isNaN(pid) || !isAlive(pid)) return;
  await writeFile(ownPidFile, note.replace(/^\d+/u, String(process.pid)));
}

/** Another program may take the port between the choice and the start: then another one is chosen. */
async function startOnFreePort(
  dataDir: string,
  wanted: number | undefined,
  optionsFor: (port: number) => ServerOptions,
): Promise<{ server: ServerProcess; port: number }> {
  const portFile = join(dataDir, 'postgres.port');
  const remembered = Number.parseInt(await readFile(portFile, 'utf8').catch(() => ''), 10);
  for (let tries = 1; ; tries += 1) {
    const port = wanted ?? (await findFreePort(Number.isNaN(remembered) ? undefined : remembered));
    const hasPortStayedFree = async (): Promise<boolean> => wanted !== undefined || isPortFree(port);
    try {
      const server = await startServer({ ...optionsFor(port), isWorthAnotherTry: hasPortStayedFree });
      await writeFile(portFile, `${port}\n`);
      return { server, port };
    } catch (error) {
      if (tries >= PORT_TRIES || (await hasPortStayedFree())) throw error;
    }
  }
}

function urlOf(database: string, password: string, port: number): string {
  return `postgresql://${POSTGRES_USER}:${password}@127.0.0.1:${port}/${database}`;
}

async function makeDatabase(url: string): Promise<void> {
  const found = await query(url, `SELECT FROM pg_database WHERE datname = '${DATABASE}'`);
  if (found === 0) await query(url, `CREATE DATABASE ${DATABASE}`);
}

/** Runs one statement on a connection of its own; says how many rows it gave. */
async function query(url: string, sql: string): Promise<number> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: QUERY_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // A server that goes away while idle says so by an event, which would otherwise end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql)).rows.length;
  } finally {
    await client.end();
  }
}
