/**
 * A receiver on Koa: no body parser before it, because what is verified are the bytes. `HOOK_FAMILIES` are the kinds of
 * signature it takes: name just `standard`, which no recorded request passes, unless the sender has only another.
 *
 *   HOOK_SECRETS=<secret>[,<old secret>] [HOOK_FAMILIES=standard,sigmagit,hub] [PORT=3500] [ALLOW_FROM=<cidr,…>]
 *     [TRUSTED_PROXIES=<cidr,…>] node koa.ts
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
// oxlint-disable-next-line no-restricted-imports -- an example of use with Koa; the package itself needs nothing
import Koa from 'koa';
// In a project of your own: from '@holdfast/receiver'.
import { createKoaReceiver, type Delivery, type SignatureFamily } from '../index.ts';

const listOf = (name: string): readonly string[] => process.env[name]?.split(',').filter(Boolean) ?? [];

const secrets = listOf('HOOK_SECRETS');
if (secrets.length === 0) throw new Error('HOOK_SECRETS is missing: the secret that was shown with the hook');
const app = new Koa<{ delivery: Delivery }>();
app.use(
  createKoaReceiver({
    secrets,
    // A name that is none is refused when the receiver is made.
    families: (process.env['HOOK_FAMILIES'] ?? 'standard,sigmagit,hub').split(',') as SignatureFamily[],
    allowFrom: process.env['ALLOW_FROM'] ? listOf('ALLOW_FROM') : undefined,
    trustedProxies: listOf('TRUSTED_PROXIES'),
  }),
);
// A real receiver puts the delivery into its own queue or database here, and works on it after the answer.
app.use((context) => {
  const { event, id, body } = context.state.delivery;
  process.stdout.write(`${event} ${id} ${body.length} bytes\n`);
  context.status = 204;
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
