/**
 * One connection to the mail server: greeted, encrypted, signed in, and good for one mail at a time.
 * Its socket is opened by the guarded way and handed to nodemailer, which speaks SMTP and opens none itself.
 */
import SMTPConnection, { type SMTPEnvelope } from 'nodemailer/lib/smtp-connection';
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';

import { ReceiverFailure } from '../failures.ts';
import type { OpenSocket } from '../sockets/open-socket.ts';
import { blameHandshake } from './smtp-failures.ts';
import { smtpLimits } from './smtp-limits.ts';
import type { SmtpServer } from '#platform/mail/smtp-server-url.ts';

/** What `openSession` needs. */
export interface SessionSettings {
  readonly server: SmtpServer;
  /** The name that Holdfast greets the server with. */
  readonly clientName: string;
  readonly openSocket: OpenSocket;
  /** Whom to trust after STARTTLS. */
  readonly trust: SecureContext;
}

/** Opens a connection up to where it can take a mail. Rejects with what went wrong, or the signal's reason. */
export async function openSession(settings: SessionSettings, signal: AbortSignal): Promise<Session> {
  const { server, clientName, openSocket, trust } = settings;
  const { host, port, secure, tlsOptional } = server;
  const { socket } = await openSocket({ host, port, secure, insecureTls: false }, signal);
  const connection = new SMTPConnection({
    connection: socket,
    host,
    port,
    secure,
    secured: secure,
    requireTLS: !secure && !tlsOptional,
    ...(isIP(host) === 0 ? { servername: host.replace(/\.$/, '') } : {}),
    tls: { secureContext: trust, rejectUnauthorized: true },
    name: clientName,
    maxResponseSize: smtpLimits.replyBytes,
    // A connection that is closed has failed or has said QUIT: nothing is left to wait for.
    socketCloseTimeout: 0,
  });
  const session = new Session(connection);
  try {
    await session.begin(server, signal);
  } catch (error) {
    session.drop();
    throw error;
  }
  return session;
}

/** A connection that has been opened. */
export class Session {
  /** Called when the connection is gone. */
  onGone: (() => void) | undefined;
  readonly #connection: SMTPConnection;
  readonly #madeMs = performance.now();
  #mails = 0;
  /** Ends the wait for the server. */
  #fail: ((error: unknown) => void) | undefined;

  constructor(connection: SMTPConnection) {
    this.#connection = connection;
    // A failure is told here and nowhere else; unheard it would end the process.
    connection.on('error', (error) => this.#fail?.(error));
    connection.on('end', () => {
      this.#fail?.(new ReceiverFailure('connection_reset'));
      this.onGone?.();
    });
  }

  /** Greets, encrypts and signs in. */
  async begin({ credentials }: SmtpServer, signal: AbortSignal): Promise<void> {
    try {
      await this.#ask(signal, (done) => this.#connection.connect(done));
    } catch (error) {
      throw this.#connection.upgrading === true ? blameHandshake(error) : error;
    }
    if (credentials === undefined || !this.#connection.allowsAuth) return;
    const { user, password } = credentials;
    await this.#ask(signal, (done) => this.#connection.login({ user, pass: password }, done));
  }

  /** Ends whatever the last mail left behind; that the server answers proves that the connection stands. */
  async reset(signal: AbortSignal): Promise<void> {
    const timer = setTimeout(() => this.drop(), smtpLimits.resetMs);
    try {
      await this.#ask(signal, (done) => this.#connection.reset(done));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a mail and gives the server's answer to it. nodemailer notes in the envelope who was refused. */
  async send(envelope: SMTPEnvelope, mail: Buffer, signal: AbortSignal): Promise<string> {
    this.#mails += 1;
    const sent = await this.#ask(signal, (done: (error: Error | null, info?: { response: string }) => void) =>
      this.#connection.send(envelope, mail, done),
    );
    return sent?.response ?? '';
  }

  /** True if it may carry another mail. */
  isFit(): boolean {
    if (this.#connection.destroyed || this.#mails >= smtpLimits.mailsPerConnection) return false;
    return performance.now() - this.#madeMs < smtpLimits.ageMs;
  }

  /** Ends the connection at once. */
  drop(): void {
    this.#connection.close();
  }

  /** Takes leave of the server, which has a moment to answer. */
  async quit(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => this.drop(), smtpLimits.quitMs);
    this.#connection.once('end', resolve);
    if (this.#connection.destroyed) resolve();
    else this.#connection.quit();
    await promise;
    clearTimeout(timer);
  }

  /** Waits for the server, for the end of the connection, or for the signal, which ends the connection too. */
  #ask<Result>(
    signal: AbortSignal,
    begin: (done: (error?: Error | null, result?: Result) => void) => void,
  ): Promise<Result | undefined> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#fail = undefined;
        signal.removeEventListener('abort', abort);
      };
      const fail = (error: unknown): void => {
        leave();
        reject(error);
      };
      const abort = (): void => {
        fail(signal.reason);
        this.drop();
      };
      this.#fail = fail;
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort);
      begin((error, result) => {
        if (error !== undefined && error !== null) return fail(error);
        leave();
        resolve(result);
      });
    });
  }
}
