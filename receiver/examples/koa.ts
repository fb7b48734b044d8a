/**
 * A receiver on Koa: no body parser before the signature, because what is verified are the bytes.
 *
 *   HOOK_SECRETS=<secret>[,<old secret>] [PORT=3500] [ALLOW_FROM=<cidr,…>] [TRUSTED_PROXIES=<cidr,…>] node koa.ts
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
// oxlint-disable-next-line no-restricted-imports -- an example of use with Koa; the package itself needs nothing
import Koa, { type Middleware } from 'koa';
// In a project of your own: from '@holdfast/receiver'.
import { BodyTooLargeError, clientAddress, createAllowList, readBody, verifyRequest } from '../index.ts';

const listOf = (name: string): readonly string[] => process.env[name]?.split(',').filter(Boolean) ?? [];

const secrets = listOf('HOOK_SECRETS');
if (secrets.length === 0) throw new Error('HOOK_SECRETS is missing: the secret that was shown with the hook');
const allowed = createAllowList(process.env['ALLOW_FROM'] ? listOf('ALLOW_FROM') : ['0.0.0.0/0', '::/0']);
const trustedProxies = createAllowList(listOf('TRUSTED_PROXIES'));

/** Answers for whoever may not come this far, and leaves the verified bytes in `context.state.body`. */
const onlyFromHoldfast: Middleware = async (context, next) => {
  const { req: request } = context;
  if (!allowed.has(clientAddress(request, { trustedProxies }))) context.throw(403);
  try {
    context.state['body'] = await readBody(request);
  } catch (error) {
    context.set('Connection', 'close');
    context.throw(error instanceof BodyTooLargeError ? 413 : 400);
  }
  if (!verifyRequest(context.state['body'] as Buffer, context.headers, secrets)) context.throw(401);
  await next();
};

/** Deliveries seen, because one may arrive twice. A real receiver keeps them in its database, under a unique key. */
const seen = new Set<string>();
const seenAtMost = 10_000;

function work(event: string, deliveryId: string, body: Buffer): void {
  if (seen.has(deliveryId)) return;
  if (seen.size >= seenAtMost) seen.clear();
  seen.add(deliveryId);
  process.stdout.write(`${event} ${deliveryId} ${body.length} bytes\n`);
}

const app = new Koa();
app.use(async (context, next) => {
  if (context.method !== 'POST') context.throw(405, { headers: { Allow: 'POST' } });
  await next();
});
app.use(onlyFromHoldfast);
app.use((context) => {
  context.status = 204;
  // First the answer: Holdfast waits 30 s at most, and would send it again.
  context.res.once('finish', () =>
    work(context.get('x-sigmagit-event'), context.get('webhook-id'), context.state['body'] as Buffer),
  );
});

const handle = app.callback();
const server = createServer(
  { requestTimeout: 30_000 },
  (request, response) => void handle(request, response),
);
server.listen(Number(process.env['PORT'] ?? 3500), '127.0.0.1', () => {
  process.stdout.write(`Listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => server.close());
