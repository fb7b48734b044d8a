/**
 * A receiver on plain `node:http`. `HOOK_FAMILIES` are the kinds of signature it takes: name just `standard`, which no
 * recorded request passes, unless the sender has only another.
 *
 *   HOOK_SECRETS=<secret>[,<old secret>] [HOOK_FAMILIES=standard,sigmagit,hub] [PORT=3500] [ALLOW_FROM=<cidr,…>]
 *     [TRUSTED_PROXIES=<cidr,…>] node node-http.ts
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
// In a project of your own: from '@holdfast/receiver'.
import { createReceiver, type SignatureFamily } from '../index.ts';

const listOf = (name: string): readonly string[] => process.env[name]?.split(',').filter(Boolean) ?? [];

const secrets = listOf('HOOK_SECRETS');
if (secrets.length === 0) throw new Error('HOOK_SECRETS is missing: the secret that was shown with the hook');
const receive = createReceiver(
  {
    secrets,
    // A name that is none is refused when the receiver is made.
    families: (process.env['HOOK_FAMILIES'] ?? 'standard,sigmagit,hub').split(',') as SignatureFamily[],
    allowFrom: process.env['ALLOW_FROM'] ? listOf('ALLOW_FROM') : undefined,
    trustedProxies: listOf('TRUSTED_PROXIES'),
  },
  // The answer waits for this. A real receiver puts the delivery into its own queue or database, and works afterwards.
  ({ event, id, body }) => void process.stdout.write(`${event} ${id} ${body.length} bytes\n`),
);

const server = createServer({ requestTimeout: 30_000 }, receive);
server.listen(Number(process.env['PORT'] ?? 3500), '127.0.0.1', () => {
  process.stdout.write(`Listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => server.close());
