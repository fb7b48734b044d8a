/**
 * Opens the door: makes what the routes need from an open database and a Temporal client, listens, and closes in order.
 * Used by the API process and by the one that runs everything.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pLimit from 'p-limit';
import type { Database } from '#db/orm.ts';
import { seedToken } from '#db/queries/seed-token.ts';
import { createDispatcher, type DeliveryRun } from '#dispatch/dispatcher.ts';
import { refreshRuns } from '#dispatch/refresh-runs.ts';
import { wakeHook } from '#dispatch/sweep.ts';
import { startLimits } from '#domain/limits.ts';
import type { Config } from '#platform/config.ts';
import type { Log } from '#platform/log.ts';
import { buildNumber } from '#platform/build-number.ts';
import { createExpressions } from '#platform/expressions/expressions.ts';
import { createAddressGuard } from '#platform/network/address-guard.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import type { TemporalClient } from '#platform/temporal.ts';
import { createApp } from './app.ts';
import { hashToken } from './access-tokens.ts';
import { createJwtCheck } from './jwt.ts';
import { isAway } from './middleware/errors.ts';

/** What opening the door needs. */
export interface ApiOptions {
  readonly config: Config;
  readonly database: Database;
  readonly temporal: TemporalClient;
  readonly log: Log;
  /** Tells the workers that deliveries wait to be started. Never throws. */
  readonly announceWaiting: () => void;
  /** Milliseconds in which a request must have arrived whole; a minute unless told otherwise. */
  readonly uploadMs?: number;
}

/** An open door. */
export interface RunningApi {
  /** `http://host:port`, the port as it really is. */
  readonly url: string;
  /** Takes no more requests and lets those under way finish. */
  readonly stop: () => Promise<void>;
}

/** Milliseconds that requests under way are given when the door closes. */
const drainMs = 5000;

/** Milliseconds in which a request must have arrived whole. */
const standardUploadMs = 60_000;

/** Milliseconds in which a request's headers must have arrived. */
const headersMs = 15_000;

/** Milliseconds between attempts to store the configured token while the database is away. */
const seedAgainMs = 2000;

/** Opens the door. Throws when the port is taken. */
export async function startApi({
  config,
  database,
  temporal,
  log,
  announceWaiting,
  uploadMs = standardUploadMs,
}: ApiOptions): Promise<RunningApi> {
  const dispatcher = createDispatcher(temporal, config.temporal.taskQueue);
  const background = new Set<Promise<void>>();
  const inBackground = (name: string, work: () => Promise<unknown>): void => {
    const running = work()
      .then(() => undefined)
      .catch((error: unknown) => log.warn({ err: error }, name))
      .finally(() => background.delete(running));
    background.add(running);
  };
  const limit = pLimit(startLimits.concurrency);
  const expressions = createExpressions();

  const app = createApp({
    database,
    temporal,
    dispatcher,
    announceWaiting,
    wakeHook: (hookId) => {
      announceWaiting();
      inBackground('hook.wake_delayed', () => wakeHook(database.pool, dispatcher, hookId));
    },
    startDrain: (hookId) => inBackground('hook.drain_delayed', () => dispatcher.startDrain(hookId)),
    runReplay: (replayId) => inBackground('replay.start_delayed', () => dispatcher.replays.resume(replayId)),
    cancelRuns: (runs: readonly DeliveryRun[]) =>
      inBackground('hook.cancel_delayed', () =>
        Promise.all(runs.map((run) => limit(dispatcher.cancel, run))),
      ),
    postponeRun: (run: DeliveryRun, until: Date) =>
      inBackground('delivery.postpone_delayed', () => dispatcher.postpone(run, until)),
    refreshRuns: (runs: readonly DeliveryRun[]) =>
      inBackground('hook.refresh_delayed', () => refreshRuns(dispatcher, runs, limit)),
    secrets: createSecretBox(config.encryptionKeys),
    guard: createAddressGuard({ allow: config.allowTargets }),
    expressions,
    build: buildNumber(),
    httpsOnly: config.httpsOnly,
    sendsMail: config.mail !== undefined,
    publicUrl: config.http.publicUrl?.replace(/\/+$/, ''),
    holdDays: config.holdDays,
    checkJwt: config.jwt === undefined ? undefined : createJwtCheck(config.jwt),
    log,
  });
  app.on('error', (error: unknown) =>
    log[isOfConnection(error) ? 'debug' : 'error']({ err: error }, 'request.broken'),
  );
  const seeding = await seedPlatformToken(config, database, log);
  const server = createHttpServer(app.callback(), uploadMs);
  const url = await listen(server, config.http.host, config.http.port);
  return {
    url,
    stop: async () => {
      clearInterval(seeding);
      await closeServer(server);
      await Promise.all(background);
      await expressions.close();
    },
  };
}

/** True for what a caller's connection does: ends too early, takes too long, or carries no HTTP. */
function isOfConnection(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return (
    typeof code === 'string' &&
    /^(HPE_|ERR_HTTP_REQUEST_TIMEOUT|ERR_STREAM_|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT)/.test(code)
  );
}

/**
 * Stores the configured token. While the database is away the door opens all the same, and this is tried again.
 *
 * @returns the timer of the attempts to come, if there are any
 */
async function seedPlatformToken(
  { platformToken }: Config,
  database: Database,
  log: Log,
): Promise<NodeJS.Timeout | undefined> {
  if (platformToken === undefined) return undefined;
  const seed = () => seedToken(database.pool, hashToken(platformToken), 'platform', ['platform', 'operator']);
  try {
    await seed();
    return undefined;
  } catch (error) {
    if (!isAway(error)) throw error;
    log.warn({ err: error }, 'api.token_delayed');
  }
  const timer = setInterval(() => {
    seed()
      .then(() => clearInterval(timer))
      .catch((error: unknown) => log.warn({ err: error }, 'api.token_delayed'));
  }, seedAgainMs);
  return timer;
}

function createHttpServer(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  uploadMs: number,
): Server {
  const options = {
    requestTimeout: uploadMs,
    headersTimeout: Math.min(headersMs, uploadMs),
    connectionsCheckingInterval: Math.min(5000, uploadMs / 2),
  };
  return createServer(options, (request, response) => {
    void handle(request, response);
  });
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
