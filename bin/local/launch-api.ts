/**
 * Begins the thread that the API runs in, and ends it in order. What is thrown in the thread ends the process, as it
 * would if it had been thrown in it.
 */
import { Worker } from 'node:worker_threads';
import type { ApiThreadData, FromApiThread, ToApiThread } from './api-thread.ts';

/** An API whose modules are being loaded. */
export interface LaunchedApi {
  /** Opens the door; answers with its URL. Throws what opening it has thrown, such as that the port is taken. */
  readonly open: () => Promise<string>;
  /** Closes the door in order, once it is open; resolves when the thread is gone. */
  readonly close: () => Promise<void>;
  /** Ends the thread, whatever it is doing. */
  readonly end: () => Promise<void>;
}

/** Begins it. Tells, from when it is open, whenever deliveries wait. */
export function launchApi(workerData: ApiThreadData, onWaiting: () => void): LaunchedApi {
  // None of the process's own options: they are for the threads that run workflows.
  const thread = new Worker(new URL('api-thread.ts', import.meta.url), { workerData, execArgv: [] });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window and has no origin
  const tell = (message: ToApiThread) => thread.postMessage(message);
  const gone = new Promise<void>((resolve) => {
    thread.once('exit', () => resolve());
  });
  const opened = new Promise<string>((resolve, reject) => {
    thread.on('message', (message: FromApiThread) => {
      if (message.kind === 'waiting') onWaiting();
      else resolve(message.url);
    });
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error('The API ended before it was open')));
  });
  let isOpen = false;
  thread.on('error', (error) => {
    if (isOpen) throw error;
  });
  // Whatever keeps it from opening is told to who wants it open.
  opened.catch(() => undefined);
  return {
    open: async () => {
      tell('open');
      const url = await opened;
      isOpen = true;
      return url;
    },
    close: async () => {
      tell('close');
      await gone;
    },
    end: async () => {
      await thread.terminate();
    },
  };
}
