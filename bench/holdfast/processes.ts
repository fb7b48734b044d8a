/**
 * Holdfast as production runs it: an API process and worker processes of their own on servers that run already, so that
 * the kernel can tell what each of them uses, and one of them can be killed.
 */
import { join } from 'node:path';
import type { Part } from '../processes/usage.ts';
import type { RunningHoldfast } from './installation.ts';
import type { NodeProcess } from './node-process.ts';
import type { Servers } from './servers.ts';

/** What to run. */
export interface ProcessesOptions {
  readonly workers: number;
  /** Variables beside those that lead to the servers. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Running processes. */
export interface Processes extends RunningHoldfast {
  /** Kills a worker without warning; resolves when it is gone. */
  readonly killWorker: () => Promise<void>;
  /** Starts one more worker; resolves when it runs. */
  readonly addWorker: () => Promise<void>;
  /** Ends them all at once; the servers go on. */
  readonly stop: () => Promise<void>;
}

/** The addresses that receivers of the bench have. */
const loopback = '127.0.0.0/8';

/** Starts an API process and workers. */
export async function startProcesses(
  servers: Servers,
  { workers, env = {} }: ProcessesOptions,
): Promise<Processes> {
  const environment = { ...environmentOf(servers), ...env };
  let started = 0;
  const start = (module: string, startedMessage: string): Promise<NodeProcess> => {
    started += 1;
    const logFile = join(servers.dataDir, `${startedMessage}-${started}.log`);
    return servers.startNode({ module, env: environment, logFile, startedMessage });
  };
  const running: NodeProcess[] = [];
  const addWorker = async (): Promise<void> => {
    running.push(await start('worker/main.ts', 'worker.started'));
  };
  const api = await start('api/main.ts', 'api.started');
  // A worker would wait for its long polls and attempts; what a case has measured needs no orderly end.
  const stop = async (): Promise<void> => {
    await Promise.all([api, ...running].map((each) => each.kill()));
  };
  try {
    await Promise.all(Array.from({ length: workers }, addWorker));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    addresses: { ...servers.addresses, api: String(api.startedLine['url']) },
    secrets: servers.secrets,
    parts: async () => [
      partOf('API', api),
      ...running.map((worker) => partOf('worker', worker)),
      ...(await servers.parts()),
    ],
    addWorker,
    killWorker: async () => {
      await running.shift()?.kill();
    },
    stop,
  };
}

function partOf(name: string, { pid }: NodeProcess): Part {
  return { name, tree: { root: pid } };
}

/** The bench's environment with what leads to the servers, and the log level at which processes say that they started. */
function environmentOf({ addresses, secrets }: Servers): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DATABASE_URL: addresses.databaseUrl,
    TEMPORAL_ADDRESS: addresses.temporal,
    HOLDFAST_PORT: '0',
    HOLDFAST_HOST: '127.0.0.1',
    HOLDFAST_PLATFORM_TOKEN: secrets.platformToken,
    HOLDFAST_ENCRYPTION_KEYS: secrets.encryptionKeys,
    HOLDFAST_ALLOW_TARGETS: loopback,
    HOLDFAST_LOG_LEVEL: 'info',
  };
}
