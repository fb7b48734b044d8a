/** Child processes for tests: started with exactly the environment they are given, stopped by their pid. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** All that it wrote, to either stream. */
  readonly output: string;
}

/** A running process. */
export interface Child {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** Sends SIGTERM and waits; rejects when it takes longer, after SIGKILL. */
  readonly stop: (deadlineMs: number) => Promise<Ending>;
}

/** Starts a command without a shell. */
export function startChild(
  [command = '', ...args]: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Child {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} does not start`);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, output }));
  });
  const isEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid,
    ended,
    stop: async (deadlineMs) => {
      if (!isEnded()) process.kill(pid, 'SIGTERM');
      const waiting = new AbortController();
      const late = delay(deadlineMs, 'late' as const, { signal: waiting.signal }).catch(
        () => 'late' as const,
      );
      const ending = await Promise.race([ended, late]);
      waiting.abort();
      if (ending !== 'late') return ending;
      process.kill(pid, 'SIGKILL');
      const { output: written } = await ended;
      throw new Error(`${command} ${args.join(' ')} did not stop within ${deadlineMs} ms:\n${written}`);
    },
  };
}
