/**
 * Tells which safeguards the main thread and a thread of this process have, as one line of JSON. Run by a test in a
 * process of its own; the thread inherits what was loaded before it.
 */
import { promiseHooks } from 'node:v8';
import { createContext, Script } from 'node:vm';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** What there is. */
interface Safeguards {
  /** Whether code that takes longer than its timeout is stopped. */
  readonly watchdog: boolean;
  /** Whether promises can be watched. */
  readonly promiseHooks: boolean;
}

function holds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

function look(): Safeguards {
  const lasting = new Script('const end = Date.now() + 100; while (Date.now() < end);');
  return {
    watchdog: !holds(() => lasting.runInContext(createContext(), { timeout: 5 })),
    promiseHooks: holds(() => promiseHooks.createHook({ init: () => undefined })()),
  };
}

if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url));
  thread.once('message', (ofThread: Safeguards) => {
    console.log(JSON.stringify({ main: look(), thread: ofThread }));
  });
} else {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort?.postMessage(look());
}
