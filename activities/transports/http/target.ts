/** The target of an HTTP request: everything that decides whether two requests may share a connection. */
import type { SocketTarget } from '../sockets/socket-target.ts';

/** Where a request leads. */
export interface Target extends SocketTarget {
  readonly origin: string;
  /** Connections are never shared between scopes. */
  readonly scope: string;
}

/** The target of a URL. Throws on a text that is no HTTP URL: the caller stores only checked ones. */
export function readTarget(url: URL, insecureTls: boolean, scope: string): Target {
  const secure = url.protocol === 'https:';
  if (!secure && url.protocol !== 'http:') throw new TypeError(`Not an HTTP URL: ${url.protocol}`);
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return {
    origin: url.origin,
    secure,
    host,
    port,
    insecureTls: secure && insecureTls,
    alpn: ['http/1.1'],
    scope,
  };
}
