/**
 * An installation under measurement: Holdfast with its servers, in processes of their own on a data folder of its own,
 * so that the kernel can say what each part uses. Every process it leaves is stopped by its id.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LocalSecrets } from '../../bin/local/local-secrets.ts';
import type { Addresses } from '../../bin/local/start-local.ts';
import { nowMs } from '../clock.ts';
import type { Part } from '../processes/usage.ts';

/** What a case needs of Holdfast, however many processes it runs in. */
export interface RunningHoldfast {
  readonly addresses: Pick<Addresses, 'api' | 'temporal' | 'databaseUrl'>;
  readonly secrets: Pick<LocalSecrets, 'platformToken'>;
  /** Its processes, and the servers that were started with it. Read anew, as one may have been restarted. */
  readonly parts: () => Promise<readonly Part[]>;
}

/** A running installation. */
export interface Installation extends RunningHoldfast {
  readonly dataDir: string;
  /** From the command to the words that it is ready. */
  readonly readyMs: number;
  /** Kills Holdfast without warning, its servers not; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** Stops it in order; resolves when the last process is gone. */
  readonly stop: () => Promise<void>;
}

/** How to start: `npm` is the whole command of a user, `node` leaves npm out, so that the child is Holdfast itself. */
export type StartCommand = 'npm' | 'node';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readyWords = 'Ctrl-C stops everything.';
const readyDeadlineMs = 120_000;
const stopDeadlineMs = 30_000;

/** An installation that was told to start. */
export interface Launch {
  /** Rejects with what it printed if it ends before it is ready. */
  readonly ready: Promise<Installation>;
  /** Stops it in order, ready or not; resolves when the last process is gone. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts an installation on a data folder.
 *
 * @param variables of its environment, beside the bench's own
 */
export function launchInstallation(
  dataDir: string,
  command: StartCommand,
  variables: Readonly<Record<string, string>> = {},
): Launch {
  const startedMs = nowMs();
  const [file, args] =
    command === 'npm'
      ? ['npm', ['start']]
      : [process.execPath, ['--import', join(root, 'worker/lean-workflows.ts'), join(root, 'bin/start.ts')]];
  const child = spawn(file, args, {
    cwd: root,
    env: {
      ...withoutNpm(),
      ...variables,
      HOLDFAST_DATA_DIR: dataDir,
      HOLDFAST_PORT: '0',
      // As one that npm started, Holdfast stops by itself when its parent is gone: the bench may be killed.
      npm_lifecycle_event: 'bench',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for the bench, which then stops the installation in order.
    detached: true,
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stopChild(child, closed));
  const ready = untilReady(child).then(async (readyAtMs) => ({
    dataDir,
    addresses: await readJson<Addresses>(join(dataDir, 'addresses.json')),
    secrets: await readJson<LocalSecrets>(join(dataDir, 'secrets.json')),
    readyMs: readyAtMs - startedMs,
    parts: () => findParts(child.pid as number, dataDir),
    kill: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    stop,
  }));
  return { ready, stop };
}

/** Resolves with the moment at which it said so. */
function untilReady(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const deadline = setTimeout(() => {
      child.kill('SIGTERM');
      reject(new Error(`Not ready within ${readyDeadlineMs} ms:\n${printed}`));
    }, readyDeadlineMs);
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      if (!printed.includes(readyWords)) return;
      clearTimeout(deadline);
      resolve(nowMs());
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', (status) => {
      clearTimeout(deadline);
      reject(new Error(`Holdfast ended with ${status}:\n${printed}`));
    });
  });
}

/** Its output closes when the last process that holds it is gone, npm and what npm started alike. */
async function stopChild(child: ChildProcess, closed: Promise<void>): Promise<void> {
  const late = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
  // A second signal would make it give up its order, so it is sent once; to one that has ended it means nothing.
  child.kill('SIGTERM');
  await closed;
  clearTimeout(late);
}

/** The environment without what npm put there: the installation would watch over the bench's npm. */
function withoutNpm(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
}

async function readJson<Content>(file: string): Promise<Content> {
  return JSON.parse(await readFile(file, 'utf8')) as Content;
}

async function findParts(holdfast: number, dataDir: string): Promise<readonly Part[]> {
  const servers = await findServers(dataDir);
  const without = servers.map(({ tree }) => tree.root);
  return [{ name: 'Holdfast', tree: { root: holdfast, without } }, ...servers];
}

/** The servers that run on a data folder; none that runs elsewhere. */
export async function findServers(dataDir: string): Promise<readonly Part[]> {
  const temporal = await serverPid(dataDir, 'temporal');
  const postgres = await serverPid(dataDir, 'postgres');
  return [
    ...(temporal === undefined ? [] : [{ name: 'Temporal', tree: { root: temporal } }]),
    ...(postgres === undefined ? [] : [{ name: 'PostgreSQL', tree: { root: postgres } }]),
  ];
}

/** The process id of a server, from the first line of its pid file; undefined when it runs elsewhere. */
async function serverPid(dataDir: string, server: 'temporal' | 'postgres'): Promise<number | undefined> {
  const text = await readFile(join(dataDir, server, `${server}.pid`), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

/** The program that a server runs, from the second line of its pid file; undefined when it runs elsewhere. */
export async function serverProgram(
  dataDir: string,
  server: 'temporal' | 'postgres',
): Promise<string | undefined> {
  const text = await readFile(join(dataDir, server, `${server}.pid`), 'utf8').catch(() => undefined);
  return text?.split('\n')[1];
}
