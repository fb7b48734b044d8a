/**
 * Sends deliveries over HTTP. Whatever a receiver does, or fails to do, comes back as a value within the deadline;
 * only faults of ours are thrown. It follows no redirect, inflates nothing, uses no proxy, sends no request twice, and
 * opens no connection that the guard does not permit.
 *
 * A kept connection stays with the address it was vetted for, at most a minute, so a name that has since moved is not
 * followed at once, but nor can it lead anywhere new unvetted. A reply that a receiver sends before it was asked is
 * dropped with its connection. One that crosses the next request on the wire cannot be told from an answer by any
 * client; `scope` (the hook's id) keeps it among the deliveries of that receiver's own hook.
 */
import { attemptLimits } from '#domain/limits.ts';
import type { AddressGuard } from '#platform/network/address-guard.ts';
import { createNameLookup, type NameLookup } from '#platform/network/name-lookup.ts';

import { composeReply, composeTimeout } from './compose-reply.ts';
import { type ConnectionCounts, createConnections } from './connections.ts';
import { exchange } from './exchange.ts';
import { httpLimits } from './http-limits.ts';
import type { HttpReply, HttpRequest } from './http-messages.ts';
import { createSends } from '../sends.ts';
import { createOpenSocket } from '../sockets/open-socket.ts';
import { writeHeaders } from './request-headers.ts';
import { readTarget } from './target.ts';

export type { HttpReply, HttpRequest, HttpTimings } from './http-messages.ts';

/** The transport. */
export interface HttpTransport {
  send(request: HttpRequest): Promise<HttpReply>;
  /** Takes no more requests, waits for those under way, and drops every connection. */
  close(): Promise<void>;
  /** For gauges and tests. */
  counts(): ConnectionCounts;
}

/** What `createHttpTransport` needs. */
export interface HttpTransportOptions {
  readonly guard: AddressGuard;
  readonly lookup?: NameLookup | undefined;
  readonly maxSocketsPerOrigin?: number | undefined;
  readonly maxIdleConnections?: number | undefined;
  /** Certificates (PEM) of the authorities to trust instead of Node's own. */
  readonly authorities?: readonly string[] | undefined;
}

/** Makes the transport that a process uses for all of its deliveries. */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { guard, lookup = createNameLookup(), authorities } = options;
  const connections = createConnections({
    openSocket: createOpenSocket({ guard, lookup, authorities }),
    socketsPerOrigin: options.maxSocketsPerOrigin ?? httpLimits.socketsPerOrigin,
    idleConnections: options.maxIdleConnections ?? httpLimits.idleConnections,
  });
  const sends = createSends<HttpReply>('HTTP');

  async function attempt(request: HttpRequest): Promise<HttpReply> {
    request.signal?.throwIfAborted();
    const startMs = performance.now();
    const url = new URL(request.url);
    const target = readTarget(url, request.insecureTls ?? false, request.scope ?? '');
    const message = {
      path: url.pathname + url.search,
      headers: writeHeaders(request.headers),
      body: request.body,
      keepBytes: request.keepBytes ?? attemptLimits.responseBytes,
      signal: request.signal,
    };
    const lease = await connections.lease(target, request.timeoutMs, request.signal);
    if (lease === undefined) return composeTimeout('no connection became free', performance.now() - startMs);
    let reusable = false;
    try {
      const leftMs = Math.max(1, startMs + request.timeoutMs - performance.now());
      const received = await exchange(lease.connection, message, leftMs);
      reusable = received.reusable;
      return composeReply(received, lease.connection.openingTimes, startMs);
    } finally {
      lease.release(reusable);
    }
  }

  return {
    send: (request) => sends.begin(() => attempt(request)),
    close: async () => {
      const ended = sends.end();
      connections.close();
      await ended;
    },
    counts: connections.counts,
  };
}
