/**
 * Orderly endings: what was opened is closed in reverse order, each step under a deadline.
 * A second signal, or a step that hangs, never keeps the process alive.
 */
import type { Log } from './log.ts';

/** Things to close, the last one added first. */
export interface Closing {
  /** Remembers how to close something that was just opened. */
  readonly add: (name: string, close: () => Promise<void> | void) => void;
  /** Closes everything once; a step that fails or takes too long is logged and passed over. */
  readonly run: () => Promise<void>;
}

/** Makes an empty closing. */
export function createClosing(log: Log, stepDeadlineMs: number): Closing {
  const steps: { name: string; close: () => Promise<void> | void }[] = [];
  let running: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      const { name, close } = step;
      try {
        await withDeadline(Promise.resolve(close()), stepDeadlineMs, name);
      } catch (error) {
        log.error({ err: error, step: name }, 'shutdown.step_failed');
      }
    }
  };
  return {
    add: (name, close) => {
      steps.push({ name, close });
    },
    run: () => (running ??= closeAll()),
  };
}

/** Waits for a promise, but not longer than the deadline. */
async function withDeadline(work: Promise<void>, deadlineMs: number, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not close within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One Ctrl-C can come twice: from the terminal, and passed on by npm. */
const sameKeystrokeMs = 1000;

/** Resolves with the first SIGINT or SIGTERM; another one, a second or more later, ends the process with status 130. */
export function untilSignalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (firstAt !== undefined && performance.now() - firstAt > sameKeystrokeMs) process.exit(130);
      firstAt ??= performance.now();
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

const orphanCheckMs = 500;

/**
 * Resolves when the process that npm started this one from is gone, so that killing npm leaves nothing behind.
 * Never resolves for a process that was not started by npm.
 */
export function untilOrphaned(): Promise<'orphaned'> {
  return new Promise((resolve) => {
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve('orphaned');
    }, orphanCheckMs);
    timer.unref();
  });
}
