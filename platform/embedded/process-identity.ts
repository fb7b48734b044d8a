/**
 * Tells what process a pid names now. A pid alone proves nothing: the kernel gives it to another process
 * sooner or later, so every caller asks for the start time or the command line as well.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const PS_TIMEOUT_MS = 5_000;
/** Where the start time stands in /proc/<pid>/stat, counted behind the command's closing parenthesis. */
const START_TIME_FIELD = 19;

/** Whether a process of this pid exists, whoever owns it; one that ended and was not reaped yet counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A text that differs between two processes which had the same pid; undefined when there is none. */
export function readStartTime(pid: number): string | undefined {
  if (!hasProc()) return askPs(pid, 'lstart=');
  const fields = readProc(pid, 'stat')
    ?.replace(/^.*\) /su, '')
    .split(' ');
  // A process that ended and waits for its parent to notice (Z, X) runs nothing any more.
  return fields === undefined || /^[ZX]/u.test(fields[0] ?? 'X') ? undefined : fields[START_TIME_FIELD];
}

/** The command line the process shows, its arguments apart where the system says; undefined when gone. */
export function readCommandLine(pid: number): readonly string[] | undefined {
  if (!hasProc()) return askPs(pid, 'command=')?.split(' ');
  const text = readProc(pid, 'cmdline');
  return text === undefined || text === '' ? undefined : text.replace(/\0$/u, '').split('\0');
}

function hasProc(): boolean {
  return existsSync('/proc/self/stat');
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function askPs(pid: number, column: string): string | undefined {
  try {
    const shown = execFileSync('ps', ['-ww', '-o', column, '-p', String(pid)], {
      encoding: 'utf8',
      timeout: PS_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return shown === '' ? undefined : shown;
  } catch {
    return undefined;
  }
}
