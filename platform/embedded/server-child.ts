/**
 * One run of a server as a child process: spawned into its own session, so that a terminal's Ctrl-C does not
 * reach it before the orderly stop does, with its output in a log file and its pid in a pid file.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync, renameSync, statSync, writeFileSync } from 'node:fs';

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const LOG_TAIL_BYTES = 1_500;
const KILL_TIMEOUT_MS = 5_000;

/** What to run, and where its traces go. */
export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly pidFile: string;
  readonly logFile: string;
  /** A launcher that becomes the command by exec (`setpriv …`), with its own arguments. */
  readonly launcher?: readonly string[] | undefined;
}

/** A run of the server: it ends once, and says how. */
export interface ServerChild {
  readonly pid: number | undefined;
  readonly ended: Promise<string>;
  readonly endedSignal: AbortSignal;
  /** The end of what this run wrote to its log. */
  readLogTail(): string;
}

/** Starts a run. A command that cannot be started is a run that ended at once: this never throws. */
export function spawnChild(options: ChildOptions): ServerChild {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const end = new AbortController();
  const endAs = (how: string): void => {
    resolve(how);
    end.abort(new Error(how));
  };
  let pid: number | undefined;
  let logFromByte = 0;
  try {
    const log = openLog(options.logFile);
    logFromByte = log.size;
    try {
      pid = spawnDetached(options, log.descriptor, endAs);
    } finally {
      closeSync(log.descriptor);
    }
    if (pid !== undefined) writeFileSync(options.pidFile, `${pid}\n${options.command}\n`, { mode: 0o600 });
  } catch (error) {
    if (pid === undefined) endAs((error as Error).message);
    else process.kill(pid, 'SIGKILL');
  }
  return { pid, ended, endedSignal: end.signal, readLogTail: () => readTail(options.logFile, logFromByte) };
}

/** Sends the signal, and SIGKILL when the run does not end within the deadline. */
export async function endChild(child: ServerChild, signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  if (child.pid === undefined || child.endedSignal.aborted) return;
  if (await endsWithin(child, signal, timeoutMs)) return;
  if (await endsWithin(child, 'SIGKILL', KILL_TIMEOUT_MS)) return;
  throw new Error(`Process ${child.pid} does not end, not even by SIGKILL.`);
}

function spawnDetached(
  { command, args, env, launcher = [] }: ChildOptions,
  output: number,
  endAs: (how: string) => void,
): number | undefined {
  const [file = command, ...rest] = [...launcher, command, ...args];
  const child = spawn(file, rest, { detached: true, env, stdio: ['ignore', output, output] });
  child.once('error', (error) => endAs(error.message));
  child.once('exit', (code, signal) => endAs(signal === null ? `exit code ${code}` : `signal ${signal}`));
  return child.pid;
}

async function endsWithin(child: ServerChild, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  try {
    if (child.pid !== undefined) process.kill(child.pid, signal);
    return await Promise.race([child.ended.then(() => true), late]);
  } catch (error) {
    // It ended by itself a moment ago; the kernel tells before the event does.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function openLog(logFile: string): { descriptor: number; size: number } {
  const before = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (before > LOG_LIMIT_BYTES) renameSync(logFile, `${logFile}.old`);
  const descriptor = openSync(logFile, 'a', 0o600);
  return { descriptor, size: before > LOG_LIMIT_BYTES ? 0 : before };
}

function readTail(logFile: string, fromByte: number): string {
  try {
    const descriptor = openSync(logFile, 'r');
    try {
      const size = statSync(logFile).size;
      const start = Math.max(fromByte, size - LOG_TAIL_BYTES);
      const bytes = Buffer.alloc(Math.max(0, size - start));
      return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, start)).trim();
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}
