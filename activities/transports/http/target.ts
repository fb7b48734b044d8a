/** Where a connection leads, and how it is made: everything that decides whether two requests may share one. */
export interface Target {
  readonly origin: string;
  readonly secure: boolean;
  /** As in the URL, without brackets. */
  readonly host: string;
  readonly port: number;
  /** True to accept any certificate. */
  readonly insecureTls: boolean;
  /** Connections are never shared between scopes. */
  readonly scope: string;
}

/** The target of a URL. Throws on a text that is no HTTP URL: the caller stores only checked ones. */
export function readTarget(url: URL, insecureTls: boolean, scope: string): Target {
  const secure = url.protocol === 'https:';
  if (!secure && url.protocol !== 'http:') throw new TypeError(`Not an HTTP URL: ${url.protocol}`);
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return { origin: url.origin, secure, host, port, insecureTls: secure && insecureTls, scope };
}
