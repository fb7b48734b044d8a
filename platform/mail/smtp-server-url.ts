/**
 * Reads how the operator names the mail server: `smtp://user:password@host:587` or `smtps://…`.
 * What it says of a wrong one never quotes it: there may be a password in it.
 */

/** The mail server that takes Holdfast's mails. */
export interface SmtpServer {
  /** A name or an address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
  /** True for TLS from the first byte (`smtps:`). */
  readonly secure: boolean;
  /** True if mail may go, and the password with it, unencrypted to a server that offers no STARTTLS. */
  readonly tlsOptional: boolean;
  readonly credentials: SmtpCredentials | undefined;
}

/** How Holdfast signs in. */
export interface SmtpCredentials {
  readonly user: string;
  readonly password: string;
}

/**
 * Reads a mail server's URL. The user and the password are percent-encoded; `?tls=optional` permits sending without
 * STARTTLS, which is otherwise required of `smtp:`.
 *
 * @throws Error that says what is wrong with it
 */
export function readSmtpUrl(text: string): SmtpServer {
  if (!URL.canParse(text)) throw wrong('is not a URL such as smtp://user:password@mail.example.org:587');
  const url = new URL(text);
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')
    throw wrong('must begin with smtp:// or smtps://');
  if (url.hash !== '')
    throw wrong('must not have a # part; what is special in a password is percent-encoded');
  if (url.pathname !== '' && url.pathname !== '/') throw wrong('must not have a path');
  if (url.port === '0') throw wrong('must not have the port 0');
  const secure = url.protocol === 'smtps:';
  return {
    host: readHost(url.hostname),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    tlsOptional: readTlsOptional(url.searchParams, secure),
    credentials: readCredentials(url),
  };
}

/** Reads the host as an http URL would, so that it means here what it means in an allow-list. */
function readHost(hostname: string): string {
  const asHttp = `http://${hostname}/`;
  if (hostname === '' || !URL.canParse(asHttp)) throw wrong('must name a host');
  const read = new URL(asHttp).hostname;
  const bare = read.startsWith('[') ? read.slice(1, -1) : read;
  if (!/^[a-z0-9._:-]+$/.test(bare)) throw wrong('must name a host');
  return bare;
}

function readTlsOptional(parameters: URLSearchParams, secure: boolean): boolean {
  for (const [name, value] of parameters) {
    if (name !== 'tls' || value !== 'optional') throw wrong('may only have the parameter tls=optional');
    if (secure) throw wrong('must not make TLS optional: smtps:// always uses it');
  }
  return parameters.has('tls');
}

function readCredentials(url: URL): SmtpCredentials | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const [user, password] = [decode(url.username), decode(url.password)];
  if (user === '' || password === '') throw wrong('must have both a user and a password, or neither');
  // They end no command, being sent in base64, but NUL separates the two there.
  if (/\0/.test(user + password)) throw wrong('must not have a NUL in the user or the password');
  return { user, password };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // The cause would quote the password.
    throw wrong('has a % in the user or the password that is not percent-encoded as %25');
  }
}

function wrong(what: string): Error {
  return new Error(`The mail server's URL ${what}`);
}
