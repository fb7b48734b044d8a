/**
 * Sends mails through the operator's mail server. Whatever the server does, or fails to do, comes back as a value within
 * the deadline; only faults of ours are thrown. It sends one mail for all addresses of a message, never sends again to
 * one that has the mail or was refused for good, sends nothing unencrypted that the operator did not allow to, and opens
 * no connection that the guard does not permit.
 *
 * A mail whose connection fails after its last byte may have been taken: it is put off, and sent again with the same
 * bytes and the same Message-ID, by which mail servers and people can tell the repeat.
 */
import type { AddressGuard } from '#platform/network/address-guard.ts';
import { createNameLookup, type NameLookup } from '#platform/network/name-lookup.ts';

import { createSends } from '../sends.ts';
import { createOpenSocket, createTrust } from '../sockets/open-socket.ts';
import { attemptMail } from './attempt-mail.ts';
import { domainOf, type Mailbox } from '#platform/mail/mailbox.ts';
import { openSession } from './session.ts';
import { createSessions, type SessionCounts } from './sessions.ts';
import { smtpLimits } from './smtp-limits.ts';
import type { SmtpReply, SmtpRequest } from './smtp-messages.ts';
import type { SmtpServer } from '#platform/mail/smtp-server-url.ts';

export type { SmtpReply, SmtpRequest } from './smtp-messages.ts';

/** The transport. */
export interface SmtpTransport {
  send(request: SmtpRequest): Promise<SmtpReply>;
  /** Takes no more mails, waits for those under way, and takes leave of the server. */
  close(): Promise<void>;
  /** For gauges and tests. */
  counts(): SessionCounts;
}

/** What `createSmtpTransport` needs. */
export interface SmtpTransportOptions {
  readonly server: SmtpServer;
  /** The operator's From address. */
  readonly from: Mailbox;
  /** Must permit the operator's own server; it is never passed by. */
  readonly guard: AddressGuard;
  readonly lookup?: NameLookup | undefined;
  /** Certificates (PEM) of the authorities to trust instead of Node's own. */
  readonly authorities?: readonly string[] | undefined;
  readonly maxConnections?: number | undefined;
  readonly idleMs?: number | undefined;
}

/** Makes the transport that a process uses for all of its mails. */
export function createSmtpTransport(options: SmtpTransportOptions): SmtpTransport {
  const { server, from, guard, lookup = createNameLookup(), authorities } = options;
  const openSocket = createOpenSocket({ guard, lookup, authorities });
  const trust = createTrust(authorities);
  const clientName = domainOf(from.address);
  const sessions = createSessions({
    open: (signal) => openSession({ server, clientName, openSocket, trust }, signal),
    connections: options.maxConnections ?? smtpLimits.connections,
    idleMs: options.idleMs ?? smtpLimits.idleMs,
  });
  const secrets = secretsOf(server);
  const sends = createSends<SmtpReply>('SMTP');

  return {
    send: (request) => sends.begin(() => attemptMail(request, { sessions, from, secrets })),
    close: async () => {
      await sends.end();
      await sessions.close();
    },
    counts: sessions.counts,
  };
}

/** What is sent to sign in, in the forms a server may repeat it; the one that holds the others goes first. */
function secretsOf({ credentials }: SmtpServer): readonly string[] {
  if (credentials === undefined) return [];
  const { user, password } = credentials;
  return [`\0${user}\0${password}`, password, user];
}
