/**
 * Stops a server that outlived the Holdfast which started it (`kill -9`, a crash). It never touches a process
 * that is not provably that server: the same command, working on the same data.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Log } from './log.ts';
import { readCommandLine } from './process-identity.ts';

const LOOK_AGAIN_MS = 25;
const KILL_TIMEOUT_MS = 5_000;

/** Where a server notes its pid, and how to know it again. */
export interface LeftoverOptions {
  readonly name: string;
  readonly command: string;
  /** An argument that no server but the one on these data has. */
  readonly dataPath: string;
  readonly pidFile: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopTimeoutMs: number;
  readonly log: Log;
}

/** Stops the server the pid file names if it still runs. The file stays: it may be the server's own. */
export async function stopLeftover(options: LeftoverOptions): Promise<void> {
  const { name, pidFile, stopSignal, stopTimeoutMs, log } = options;
  const pid = readPid(pidFile);
  if (pid === undefined) return;
  if (isOurServer(pid, options)) {
    log.warn({ server: name, pid }, `${name} still runs from an earlier start: stopping it first.`);
    sendSignal(pid, stopSignal, options);
    if (!(await waitUntilGone(pid, options, stopTimeoutMs))) {
      sendSignal(pid, 'SIGKILL', options);
      if (!(await waitUntilGone(pid, options, KILL_TIMEOUT_MS))) {
        throw new Error(`${name} of an earlier start (pid ${pid}) does not end, not even by SIGKILL.`);
      }
    }
  }
}

/** The number on the file's first line: our own files and PostgreSQL's postmaster.pid both begin so. */
function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    return pid > 1 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isOurServer(pid: number, { command, dataPath }: LeftoverOptions): boolean {
  const shown = readCommandLine(pid);
  if (shown === undefined) return false;
  const runsCommand = shown.some((argument) => basename(argument) === basename(command));
  return runsCommand && (shown.includes(dataPath) || ` ${shown.join(' ')} `.includes(` ${dataPath} `));
}

function sendSignal(pid: number, signal: NodeJS.Signals, { name }: LeftoverOptions): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return;
    throw new Error(
      `${name} still runs from an earlier start (pid ${pid}) under another user; stop it there first.`,
      { cause: error },
    );
  }
}

async function waitUntilGone(pid: number, options: LeftoverOptions, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isOurServer(pid, options)) {
    if (performance.now() > deadline) return false;
    await sleep(LOOK_AGAIN_MS);
  }
  return true;
}
