/**
 * A receiver on plain `node:http`: checks who calls and what was signed, answers at once, and works afterwards.
 *
 *   HOOK_SECRETS=<secret>[,<old secret>] [PORT=3500] [ALLOW_FROM=<cidr,…>] [TRUSTED_PROXIES=<cidr,…>] node node-http.ts
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
// In a project of your own: from '@holdfast/receiver'.
import { BodyTooLargeError, clientAddress, createAllowList, readBody, verifyRequest } from '../index.ts';

const listOf = (name: string): readonly string[] => process.env[name]?.split(',').filter(Boolean) ?? [];

const secrets = listOf('HOOK_SECRETS');
if (secrets.length === 0) throw new Error('HOOK_SECRETS is missing: the secret that was shown with the hook');
const allowed = createAllowList(process.env['ALLOW_FROM'] ? listOf('ALLOW_FROM') : ['0.0.0.0/0', '::/0']);
const trustedProxies = createAllowList(listOf('TRUSTED_PROXIES'));

/** Deliveries seen, because one may arrive twice. A real receiver keeps them in its database, under a unique key. */
const seen = new Set<string>();
const seenAtMost = 10_000;

function work(event: string, deliveryId: string, body: Buffer): void {
  if (seen.has(deliveryId)) return;
  if (seen.size >= seenAtMost) seen.clear();
  seen.add(deliveryId);
  process.stdout.write(`${event} ${deliveryId} ${body.length} bytes\n`);
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers } = request;
  const end = (status: number, head: Record<string, string> = {}): void => {
    response.writeHead(status, head).end();
  };
  if (request.method !== 'POST') return end(405, { Allow: 'POST' });
  if (!allowed.has(clientAddress(request, { trustedProxies }))) return end(403, { Connection: 'close' });
  const body = await readBody(request);
  if (!verifyRequest(body, headers, secrets)) return end(401);
  // First the answer: Holdfast waits 30 s at most, and would send it again.
  end(204);
  work(String(headers['x-sigmagit-event']), String(headers['webhook-id']), body);
}

const server = createServer({ requestTimeout: 30_000 }, (request, response) => {
  receive(request, response).catch((error: unknown) => {
    if (response.headersSent || request.destroyed) return response.destroy();
    const status = error instanceof BodyTooLargeError ? 413 : 500;
    return response.writeHead(status, { Connection: 'close' }).end();
  });
});
server.listen(Number(process.env['PORT'] ?? 3500), '127.0.0.1', () => {
  process.stdout.write(`Listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => server.close());
