/**
 * One process of Holdfast as production runs it, such as `node worker/main.ts`: started with exactly its environment,
 * its log in a file, killed by its id.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nowMs } from '../clock.ts';

/** What to run. */
export interface NodeProcessOptions {
  /** Its module, from the project's root. */
  readonly module: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** The message of the log line by which it says that it has started. */
  readonly startedMessage: string;
}

/** A process that has started. */
export interface NodeProcess {
  readonly pid: number;
  /** The log line by which it said so. */
  readonly startedLine: Readonly<Record<string, unknown>>;
  /** SIGKILL; resolves when it is gone. */
  readonly kill: () => Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const startDeadlineMs = 60_000;
const lookEveryMs = 20;

/** Starts a process and waits until it says that it has started. Throws its log when it does not. */
export async function startNodeProcess(options: NodeProcessOptions): Promise<NodeProcess> {
  const { module, env, logFile } = options;
  const log = await open(logFile, 'w', 0o600);
  const child = spawn(
    process.execPath,
    ['--import', join(root, 'worker/lean-workflows.ts'), join(root, module)],
    {
      cwd: root,
      env,
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    },
  );
  await log.close();
  const ended = once(child, 'exit');
  const isEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = async (): Promise<void> => {
    if (!isEnded()) child.kill('SIGKILL');
    await ended;
  };
  try {
    const startedLine = await untilStarted(options, isEnded);
    return {
      pid: child.pid as number,
      startedLine,
      kill,
    };
  } catch (error) {
    await kill();
    throw error;
  }
}

async function untilStarted(
  { module, logFile, startedMessage }: NodeProcessOptions,
  isEnded: () => boolean,
): Promise<Readonly<Record<string, unknown>>> {
  const untilMs = nowMs() + startDeadlineMs;
  for (;;) {
    const text = await readFile(logFile, 'utf8');
    const line = text.split('\n').find((each) => each.includes(`"msg":"${startedMessage}"`));
    if (line !== undefined) return JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (isEnded() || nowMs() > untilMs) throw new Error(`${module} did not start:\n${text}`);
    await delay(lookEveryMs);
  }
}
