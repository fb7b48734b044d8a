/**
 * Opens the door: makes what the routes need from an open database and a Temporal client, listens, and closes in order.
 * Used by the API process and by the one that runs everything.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pLimit from 'p-limit';
import type { Database } from '#db/orm.ts';
import { seedToken } from '#db/queries/seed-token.ts';
import { createDispatcher, type DeliveryRun } from '#dispatch/dispatcher.ts';
import { createStartQueue } from '#dispatch/start-queue.ts';
import { wakeHook } from '#dispatch/sweep.ts';
import { startLimits } from '#domain/limits.ts';
import type { Config } from '#platform/config.ts';
import type { Log } from '#platform/log.ts';
import { createAddressGuard } from '#platform/network/address-guard.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import type { TemporalClient } from '#platform/temporal.ts';
import { createApp } from './app.ts';
import { hashToken } from './authentication.ts';
import { createJwtCheck } from './jwt.ts';

/** What opening the door needs. */
export interface ApiOptions {
  readonly config: Config;
  readonly database: Database;
  readonly temporal: TemporalClient;
  readonly log: Log;
}

/** An open door. */
export interface RunningApi {
  /** `http://host:port`, the port as it really is. */
  readonly url: string;
  /** Takes no more requests, lets those under way finish, and waits for starts under way. */
  readonly stop: () => Promise<void>;
}

/** Milliseconds that requests under way are given when the door closes. */
const drainMs = 5000;

/** Opens the door. Throws when the port is taken. */
export async function startApi({ config, database, temporal, log }: ApiOptions): Promise<RunningApi> {
  const dispatcher = createDispatcher(temporal, config.temporal.taskQueue);
  const startQueue = createStartQueue(dispatcher, database.pool, log);
  const background = new Set<Promise<void>>();
  const inBackground = (name: string, work: () => Promise<unknown>): void => {
    const running = work()
      .then(() => undefined)
      .catch((error: unknown) => log.warn({ err: error }, name))
      .finally(() => background.delete(running));
    background.add(running);
  };
  const limit = pLimit(startLimits.concurrency);

  const app = createApp({
    database,
    temporal,
    dispatcher,
    startQueue,
    wakeHook: (hookId) =>
      inBackground('hook.wake_delayed', () => wakeHook(database.pool, dispatcher, hookId)),
    cancelRuns: (runs: readonly DeliveryRun[]) =>
      inBackground('hook.cancel_delayed', () =>
        Promise.all(runs.map((run) => limit(dispatcher.cancel, run))),
      ),
    secrets: createSecretBox(config.encryptionKeys),
    guard: createAddressGuard({ allow: config.allowTargets }),
    httpsOnly: config.httpsOnly,
    holdDays: config.holdDays,
    checkJwt: config.jwt === undefined ? undefined : createJwtCheck(config.jwt),
    log,
  });
  app.on('error', (error: unknown) => log.error({ err: error }, 'request.broken'));
  if (config.platformToken !== undefined) {
    await seedToken(database.pool, hashToken(config.platformToken), 'platform', ['platform', 'operator']);
  }
  const handle = app.callback();
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 15_000 }, (request, response) => {
    void handle(request, response);
  });
  const url = await listen(server, config.http.host, config.http.port);
  return {
    url,
    stop: async () => {
      await closeServer(server);
      await startQueue.settled();
      await Promise.all(background);
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { address, family, port: actual } = server.address() as AddressInfo;
  const shown =
    address === '0.0.0.0' || address === '::' ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${shown}:${actual}`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(deadline);
}
