/** A mail server on a free port of the loopback that keeps what it gets and misbehaves as a test tells it to. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

/** A mail whose data came to its end, whatever the server answered. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came, without the stuffing of dots. */
  readonly raw: Buffer;
  readonly encrypted: boolean;
  /** Who had signed in. */
  readonly user: string | undefined;
}

/** A running mail server. */
export interface MailServer {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Everything that was given to RCPT, accepted or not. */
  readonly asked: readonly string[];
  /** TCP connections accepted so far. */
  readonly connections: () => number;
  /** Sockets open now, as long as they are not encrypted. */
  readonly open: () => number;
  /** Closes all connections, which must not be encrypted, politely or with a reset. */
  readonly disconnect: (how: 'end' | 'reset') => void;
  readonly close: () => Promise<void>;
}

/** What a test may have the server do. Each is given how to go on: with nothing to accept, with an error to refuse. */
export interface MailServerFaults {
  readonly onRcpt?: (address: string, done: (error?: Error) => void) => void;
  /** After the data have come. */
  readonly onMail?: (mail: ReceivedMail, done: (error?: Error) => void) => void;
  readonly server?: SMTPServerOptions;
}

/** A refusal with the code that the server is to answer. */
export function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

/** Starts a mail server; without certificates it offers no STARTTLS. */
export async function startMailServer(faults: MailServerFaults = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    onAuth: ({ username }, _session, done) => done(null, { user: username }),
    disableReverseLookup: true,
    closeTimeout: 1,
    ...(faults.server?.cert === undefined ? { disabledCommands: ['STARTTLS'] } : {}),
    ...faults.server,
    onRcptTo({ address }, _session, done) {
      asked.push(address);
      if (faults.onRcpt === undefined) done();
      else faults.onRcpt(address, done);
    },
    async onData(stream, session, done) {
      const mail = describeMail(session, await buffer(stream));
      mails.push(mail);
      if (faults.onMail === undefined) done();
      else faults.onMail(mail, done);
    },
  });
  server.on('error', () => undefined); // A connection that a test broke; the test looks at the other side of it.
  server.server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    asked,
    connections: () => connections,
    open: () => sockets.size,
    disconnect: (how) => {
      for (const socket of sockets) {
        if (how === 'end') socket.end();
        else socket.resetAndDestroy();
      }
    },
    close: async () => {
      // Left to the server: Node crashes when a socket is destroyed under the TLS socket that wraps it.
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function describeMail({ envelope, secure, user }: SMTPServerSession, raw: Buffer): ReceivedMail {
  return {
    from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    to: envelope.rcptTo.map(({ address }) => address),
    raw,
    encrypted: secure,
    user,
  };
}
