/**
 * A whole installation as a user runs it: `bin/start.ts` in a process of its own on a data folder of its own,
 * to be killed and started again by tests. Every process it leaves is stopped by its id.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Addresses } from '../../bin/local/start-local.ts';
import type { LocalSecrets } from '../../bin/local/local-secrets.ts';

/** A running installation. */
export interface Installation {
  readonly process: ChildProcess;
  readonly addresses: Addresses;
  readonly secrets: LocalSecrets;
  /** Everything it has printed. */
  readonly output: () => string;
  /** Sends a signal and resolves when the process has ended, with its status and how long that took. */
  readonly end: (signal: NodeJS.Signals) => Promise<{ readonly status: number | null; readonly ms: number }>;
}

const script = fileURLToPath(new URL('../../bin/start.ts', import.meta.url));
const lean = new URL('../../worker/lean-workflows.ts', import.meta.url).href;
const readyDeadlineMs = 60_000;

/** Starts an installation on a data folder and waits until it says that it is ready; throws what it printed if it ends. */
export async function startInstallation(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  const child = spawn(process.execPath, ['--import', lean, script], {
    env: { ...withoutNpm(), HOLDFAST_DATA_DIR: dataDir, HOLDFAST_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`Not ready within ${readyDeadlineMs} ms:\n${printed}`));
    }, readyDeadlineMs);
    child.stdout.on('data', () => {
      if (!printed.includes('Ctrl-C stops everything.')) return;
      clearTimeout(deadline);
      resolve();
    });
    child.once('exit', (status) => {
      clearTimeout(deadline);
      reject(new Error(`Ended with ${status}:\n${printed}`));
    });
  });
  return {
    process: child,
    addresses: await readJson<Addresses>(join(dataDir, 'addresses.json')),
    secrets: await readJson<LocalSecrets>(join(dataDir, 'secrets.json')),
    output: () => printed,
    end: async (signal) => {
      const startedAt = Date.now();
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
      return { status: child.exitCode, ms: Date.now() - startedAt };
    },
  };
}

/** The environment without what npm put there, so that the installation does not watch over the test's npm. */
function withoutNpm(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
}

async function readJson<Content>(file: string): Promise<Content> {
  return JSON.parse(await readFile(file, 'utf8')) as Content;
}

/** The process id in one of the servers' pid files. */
export async function serverPid(dataDir: string, server: 'postgres' | 'temporal'): Promise<number> {
  const [pid] = (await readFile(join(dataDir, server, `${server}.pid`), 'utf8')).split('\n');
  return Number(pid);
}
