/**
 * Finds out who really sent a request. `X-Forwarded-For` is whatever the sender wrote into it: only what a trusted
 * proxy appended counts, so the list is walked from the right and ends at the first address that is no such proxy.
 */
import type { AllowList } from './allow-list.ts';
import { plainAddress } from './plain-address.ts';
import type { HeaderValue } from './request-headers.ts';

/** A request as `node:http` gives it (with Koa: `context.req`). */
export interface ClientRequest {
  readonly headers: Readonly<Record<string, HeaderValue>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Whom to believe. */
export interface ClientAddressOptions {
  /** The proxies in front of the receiver, and nobody else. An empty list never reads the header. */
  readonly trustedProxies: AllowList;
}

/** The address of the client; undefined when a trusted proxy says something that is no address. */
export function clientAddress(
  { headers, socket }: ClientRequest,
  { trustedProxies }: ClientAddressOptions,
): string | undefined {
  let client = plainAddress(socket.remoteAddress);
  // As many turns as the header has entries; Node bounds the size of all headers together.
  for (const entry of entriesOf(headers['x-forwarded-for']).toReversed()) {
    if (client === undefined || !trustedProxies.has(client)) return client;
    client = plainAddress(withoutPort(entry));
  }
  return client;
}

function entriesOf(header: HeaderValue): readonly string[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  return text === '' ? [] : text.split(',').map((entry) => entry.trim());
}

/** Some proxies write `192.0.2.1:443` or `[2001:db8::1]:443`. */
function withoutPort(entry: string): string {
  const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>\d+(?:\.\d+){3}))(?::\d{1,5})?$/.exec(entry)?.groups;
  return parts?.['v6'] ?? parts?.['v4'] ?? entry;
}
