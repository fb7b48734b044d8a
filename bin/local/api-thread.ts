/**
 * The API's own thread when everything runs on one machine: requests are read, checked and answered beside the worker, on
 * another core where there is one. Opens the door when it is told to and closes it when it is told to; never starts a
 * delivery itself, it tells the worker that some wait.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { startApi } from '#api/start-api.ts';
import { openDatabase } from '#db/orm.ts';
import { readConfig } from '#platform/config.ts';
import { createLog } from '#platform/log.ts';
import { connectTemporal } from '#platform/temporal.ts';

/** What the thread is given when it is begun. */
export interface ApiThreadData {
  /** The environment, in which everything is set that the API needs. */
  readonly env: NodeJS.ProcessEnv;
  readonly logLevel: string;
  readonly logFile: string;
}

/** What the thread is told, once each. */
export type ToApiThread = 'open' | 'close';

/** What the thread tells: that it is open, and whenever deliveries wait. */
export type FromApiThread = { readonly kind: 'open'; readonly url: string } | { readonly kind: 'waiting' };

/** Connections to PostgreSQL: each keeps its plans, and on one machine more of them make nothing faster. */
const connections = 8;

async function main(port: NonNullable<typeof parentPort>): Promise<void> {
  const { env, logLevel, logFile } = workerData as ApiThreadData;
  const tell = (message: FromApiThread) => port.postMessage(message);
  const untilTold = (awaited: ToApiThread) =>
    new Promise<void>((resolve) => {
      port.on('message', (message: ToApiThread) => {
        if (message === awaited) resolve();
      });
    });
  const opening = untilTold('open');
  const closing = untilTold('close');
  let isTold = false;
  /** Several at once become one: whoever is told looks for all of them. */
  const announceWaiting = (): void => {
    if (isTold) return;
    isTold = true;
    setImmediate(() => {
      isTold = false;
      tell({ kind: 'waiting' });
    });
  };
  const log = createLog(logLevel, logFile);
  const config = readConfig(env);
  await opening;
  const database = await openDatabase({
    url: config.databaseUrl,
    connections,
    note: (message) => log.info(message),
  });
  const temporal = connectTemporal(config.temporal);
  const api = await startApi({ config, database, temporal, log, announceWaiting });
  tell({ kind: 'open', url: api.url });
  await closing;
  await api.stop();
  await temporal.close();
  await database.close();
  port.close();
}

if (parentPort === null) throw new Error('This file is the body of a thread');
await main(parentPort);
