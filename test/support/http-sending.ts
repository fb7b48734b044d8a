/** Makes HTTP transports for tests, which may reach the loopback only, and sends small requests with them. */
import assert from 'node:assert/strict';

import {
  createHttpTransport,
  type HttpReply,
  type HttpRequest,
  type HttpTransport,
} from '#activities/transports/http/http-transport.ts';
import type { HttpTransportOptions } from '#activities/transports/http/http-transport.ts';
import { createAddressGuard } from '#platform/network/address-guard.ts';

/** A transport whose guard allows the loopback besides the public internet, and whose names lead nowhere. */
export function makeTransport(options: Partial<HttpTransportOptions> = {}): HttpTransport {
  return createHttpTransport({
    guard: createAddressGuard({ allow: ['127.0.0.0/8'] }),
    lookup: () => Promise.reject(Object.assign(new Error('no names in tests'), { code: 'ENOTFOUND' })),
    ...options,
  });
}

/** Sends a small body with a deadline of five seconds, unless told otherwise. */
export function post(
  transport: HttpTransport,
  url: string,
  more: Partial<HttpRequest> = {},
): Promise<HttpReply> {
  const headers = { 'content-type': 'application/json', 'user-agent': 'Holdfast test' };
  return transport.send({ url, headers, body: Buffer.from('{"a":1}'), timeoutMs: 5000, ...more });
}

/** Sends until a connection is kept and used again, which the transport tries only once the first has proved to stay. */
export async function warmUp(
  transport: HttpTransport,
  url: string,
  more: Partial<HttpRequest> = {},
): Promise<void> {
  for (;;) {
    const reply = await post(transport, url, more);
    assert.equal(reply.outcome, 'delivered');
    if (reply.timings.connectMs === null) return;
  }
}

/** Runs an action and checks that it took as long as the deadline, less five percent, plus ten and some for a busy machine. */
export async function assertTakes<T>(deadlineMs: number, action: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const result = await action();
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs >= deadlineMs * 0.95, `took ${tookMs} ms of ${deadlineMs}`);
  assert.ok(tookMs <= deadlineMs * 1.1 + 100, `took ${tookMs} ms of ${deadlineMs}`);
  return result;
}
