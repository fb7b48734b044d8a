/**
 * Runs a Temporal server of our own for one machine, with its web UI: Temporal's development server, its data
 * kept in one SQLite file in the folder it is given.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { findFreePort, isPortFree } from './free-port.ts';
import { stopLeftover } from './leftover.ts';
import type { Log } from './log.ts';
import { listensOn } from './port-owner.ts';
import { startServer, type ServerOptions, type ServerProcess } from './server-process.ts';
import type { SearchAttributes } from './temporal-readiness.ts';

const NAME = 'Temporal';
const PORT = 7_233;
const UI_PORT = 8_233;
const PORT_TRIES = 3;
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

const DYNAMIC_CONFIG = [
  'system.enableActivityEagerExecution=true',
  'frontend.namespaceRPS.visibility=100',
  'limit.maxIDLength=255',
  'matching.enableFairness=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
] as const;

/** The program, where its data live and, optionally, the ports to insist on. */
export interface TemporalOptions {
  /** The path of the `temporal` program, as `findTemporalCli` finds it. */
  readonly cli: string;
  readonly dataDir: string;
  readonly log: Log;
  readonly port?: number | undefined;
  readonly uiPort?: number | undefined;
  readonly searchAttributes: SearchAttributes;
  /** Without the web UI. */
  readonly headless?: boolean | undefined;
  readonly onSpawn?: (() => void) | undefined;
  readonly onRestart?: (() => void) | undefined;
}

/** A running Temporal server with the namespace `default`. */
export interface RunningTemporal {
  readonly address: string;
  readonly uiUrl: string | null;
  readonly port: number;
  /** The pid of the present run; undefined between two runs. */
  readonly pid: number | undefined;
  readonly stop: () => Promise<void>;
}

interface Ports {
  readonly port: number;
  readonly uiPort: number | undefined;
}

/** Starts Temporal on the data folder; with no data there it begins empty. */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const { cli, log } = options;
  const dataDir = resolve(options.dataDir);
  const leftover = {
    name: NAME,
    command: cli,
    dataPath: join(dataDir, 'temporal.db'),
    pidFile: join(dataDir, 'temporal.pid'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    log,
  } as const;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // Before the ports are chosen: the leftover would hold them.
  await stopLeftover(leftover);

  const { server, port, uiPort } = await startOnFreePorts(options, (ports) => ({
    ...leftover,
    logFile: join(dataDir, 'temporal.log'),
    args: argumentsFor(options, leftover.dataPath, ports),
    env: environment(),
    isReady: async (signal, pid) => {
      // Temporal's client takes a while to load: time that the server needs to start anyway.
      const { checkTemporal } = await import('./temporal-readiness.ts');
      await checkTemporal({ ...options, port: ports.port, uiUrl: uiUrlOf(ports.uiPort) }, signal);
      if (listensOn(pid, ports.port) === false) throw new Error(`another program has port ${ports.port}`);
    },
    readyTimeoutMs: READY_TIMEOUT_MS,
    onSpawn: options.onSpawn,
    onRestart: options.onRestart,
  }));
  const uiUrl = uiUrlOf(uiPort);
  log.info({ server: NAME, port, uiUrl, pid: server.pid }, `${NAME} answers at 127.0.0.1:${port}.`);
  return {
    address: `127.0.0.1:${port}`,
    uiUrl,
    port,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
  };
}

/** Another program may take a port between the choice and the start: then others are chosen. */
async function startOnFreePorts(
  { port: wanted, uiPort: wantedUi, headless = false }: TemporalOptions,
  optionsFor: (ports: Ports) => ServerOptions,
): Promise<Ports & { server: ServerProcess }> {
  for (let tries = 1; ; tries += 1) {
    const port = wanted ?? (await findFreePort(PORT, [wantedUi ?? 0]));
    const uiPort = headless ? undefined : (wantedUi ?? (await findFreePort(UI_PORT, [port])));
    const haveOurPortsStayedFree = async (): Promise<boolean> =>
      (wanted !== undefined || (await isPortFree(port))) &&
      (uiPort === undefined || wantedUi !== undefined || (await isPortFree(uiPort)));
    try {
      const options = { ...optionsFor({ port, uiPort }), isWorthAnotherTry: haveOurPortsStayedFree };
      return { port, uiPort, server: await startServer(options) };
    } catch (error) {
      if (tries >= PORT_TRIES || (await haveOurPortsStayedFree())) throw error;
    }
  }
}

function argumentsFor(
  { searchAttributes }: TemporalOptions,
  database: string,
  { port, uiPort }: Ports,
): readonly string[] {
  return [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${port}`,
    uiPort === undefined ? '--headless' : `--ui-port=${uiPort}`,
    '--db-filename',
    database,
    '--sqlite-pragma=journal_mode=WAL',
    '--sqlite-pragma=synchronous=NORMAL',
    '--log-level=warn',
    '--log-format=json',
    ...DYNAMIC_CONFIG.flatMap((value) => ['--dynamic-config-value', value]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
}

/** Nothing of our environment that would change what the server does. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  // Garbage is collected less often: on one machine memory is cheaper than the server's time.
  return { PATH, HOME, TMPDIR, GOGC: '400', TEMPORAL_VERSION_CHECK_DISABLED: 'true' };
}

function uiUrlOf(uiPort: number | undefined): string | null {
  return uiPort === undefined ? null : `http://127.0.0.1:${uiPort}`;
}
