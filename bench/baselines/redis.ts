/** A Redis of the bench's own, from the `redis-server` on PATH: its log is written to the disk once a second. */
import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findFreePort } from '#platform/embedded/free-port.ts';
import { nowMs } from '../clock.ts';
import type { Part } from '../processes/usage.ts';

/** A running Redis. */
export interface RunningRedis {
  readonly port: number;
  readonly version: string;
  readonly part: Part;
}

/** A running Redis, for who started it. */
export interface Redis extends RunningRedis {
  readonly stop: () => Promise<void>;
}

const preferredPort = 16_379;
const readyDeadlineMs = 10_000;
const lookEveryMs = 20;

const run = promisify(execFile);

/** The version of the `redis-server` on PATH; undefined when there is none. */
export async function findRedis(): Promise<string | undefined> {
  try {
    const { stdout } = await run('redis-server', ['--version']);
    return /v=(\S+)/.exec(stdout)?.[1] ?? stdout.trim();
  } catch {
    return undefined;
  }
}

/** Starts it on a data folder. */
export async function launchRedis(folder: string, version: string): Promise<Redis> {
  await mkdir(folder, { recursive: true });
  const port = await findFreePort(preferredPort, []);
  const settings = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...settings],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  };
  const untilMs = nowMs() + readyDeadlineMs;
  while (!(await answers(port))) {
    if (child.exitCode !== null || nowMs() > untilMs) {
      await stop();
      throw new Error(`redis-server does not answer on port ${port}`);
    }
    await delay(lookEveryMs);
  }
  return { port, version, part: { name: 'Redis', tree: { root: child.pid as number } }, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
