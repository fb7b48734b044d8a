/** Starts receivers made with the library, on plain Node and on Koa alike, and signs what tests send to them. */
import { createHmac } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa, { type Middleware } from 'koa';
import { Webhook } from 'standardwebhooks';
import { createKoaReceiver } from '#receiver/koa-receiver.ts';
import { createReceiver, type DeliveryHandler } from '#receiver/node-receiver.ts';
import type { Delivery, ReceiverOptions } from '#receiver/receiver-options.ts';

/** The secret of the hook that the tests pretend to be. */
export const secret = 'a secret of the tests';

/** A receiver that runs. */
export interface Receiving {
  readonly url: string;
  readonly port: number;
  /** What was thrown while deliveries were handled. */
  readonly errors: readonly unknown[];
  readonly stop: () => Promise<void>;
}

/** What starts one. `before` reads the body first, as a body parser would. */
export type Start = (
  options: Partial<ReceiverOptions>,
  handle: DeliveryHandler,
  before?: 'parser',
) => Promise<Receiving>;

/** Starts one on plain Node. */
const startNode: Start = (options, handle, before) => {
  const errors: unknown[] = [];
  const receive = createReceiver(
    { secrets: secret, onError: (error) => errors.push(error), ...options },
    handle,
  );
  return listen(errors, (request, response) => {
    if (before === undefined) return receive(request, response);
    request.resume().once('end', () => receive(request, response));
  });
};

/** Starts one on Koa. */
const startKoa: Start = (options, handle, before) => {
  const errors: unknown[] = [];
  const parse: Middleware = async (context, next) => {
    if (before === 'parser') for await (const chunk of context.req) void chunk;
    await next();
  };
  const app = new Koa<{ delivery: Delivery }>();
  // As Koa's own listener does, which says nothing of errors that the sender is told.
  app.on('error', (error: { readonly expose?: boolean }) => error.expose === true || errors.push(error));
  app.use(parse);
  app.use(createKoaReceiver({ secrets: secret, ...options }));
  app.use(async (context) => {
    await handle(context.state.delivery);
    context.status = 204;
  });
  const callback = app.callback();
  return listen(errors, (request, response) => void callback(request, response));
};

/** What starts a receiver, by what it runs on. */
export const starts = { 'node:http': startNode, Koa: startKoa } as const;

/** Listens on a free port. */
export async function listen(errors: readonly unknown[], listener: RequestListener): Promise<Receiving> {
  const server = createServer(listener);
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    errors,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** A receiver that keeps what is handed over. */
export interface Keeping extends Receiving {
  readonly deliveries: readonly Delivery[];
  /** The ids of the deliveries, in order. */
  readonly ids: () => readonly (string | undefined)[];
}

/** Starts a receiver that keeps what is handed over, and then does what the test says. */
export async function keep(
  start: Start,
  options: Partial<ReceiverOptions> = {},
  handle: DeliveryHandler = () => undefined,
  before?: 'parser',
): Promise<Keeping> {
  const deliveries: Delivery[] = [];
  const handOver: DeliveryHandler = async (delivery) => {
    deliveries.push(delivery);
    await handle(delivery);
  };
  const receiving = await start(options, handOver, before);
  return { ...receiving, deliveries, ids: () => deliveries.map(({ id }) => id) };
}

/** Headers of a signed request, by family; signed with another key or at another time where the test says so. */
export const signedBy = {
  standard: (
    bytes: Uint8Array,
    id: string,
    { key = secret, at = new Date() } = {},
  ): Record<string, string> => ({
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key, { format: 'raw' }).sign(id, at, Buffer.from(bytes)),
  }),
  sigmagit: (bytes: Uint8Array, id: string, { key = secret } = {}): Record<string, string> => ({
    'webhook-id': id,
    'X-Sigmagit-Event': 'star.added',
    'X-Sigmagit-Signature': `sha256=${createHmac('sha256', key).update(bytes).digest('hex')}`,
  }),
  hub: (bytes: Uint8Array, id: string, { key = secret } = {}): Record<string, string> => ({
    'X-Github-Delivery': id,
    'X-Github-Event': 'watch',
    'X-Hub-Signature-256': `sha256=${createHmac('sha256', key).update(bytes).digest('hex')}`,
  }),
} as const;

/** What a receiver answered. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** Posts a body. */
export async function post(
  { url }: { readonly url: string },
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<Answered> {
  const response = await fetch(url, { method: 'POST', body: Buffer.from(bytes), headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
}
