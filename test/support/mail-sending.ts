/** Makes SMTP transports for tests, which may reach the loopback only, and small mails to send with them. */
import { readMailFrom } from '#platform/mail/mailbox.ts';
import { readSmtpUrl } from '#platform/mail/smtp-server-url.ts';
import {
  createSmtpTransport,
  type SmtpReply,
  type SmtpRequest,
  type SmtpTransport,
  type SmtpTransportOptions,
} from '#activities/transports/smtp/smtp-transport.ts';
import type { MailMessage } from '#domain/services/service.ts';
import { createAddressGuard } from '#platform/network/address-guard.ts';

/** A transport to the URL, whose guard allows the loopback and whose every name leads there. */
export function makeMailTransport(url: string, options: Partial<SmtpTransportOptions> = {}): SmtpTransport {
  return createSmtpTransport({
    server: readSmtpUrl(url),
    from: readMailFrom('Holdfast <noreply@holdfast.example>'),
    guard: createAddressGuard({ allow: ['127.0.0.0/8'] }),
    lookup: async () => ['127.0.0.1'],
    ...options,
  });
}

/** A transport to a server of the loopback that need not encrypt. */
export function makePlainTransport(
  { port }: { readonly port: number },
  options: Partial<SmtpTransportOptions> = {},
): SmtpTransport {
  return makeMailTransport(`smtp://127.0.0.1:${port}?tls=optional`, options);
}

/** A small mail to two addresses. */
export function makeMail(more: Partial<MailMessage> = {}): MailMessage {
  return {
    transport: 'smtp',
    recipients: ['ann@example.org', 'bob@example.org'],
    subject: '[octo/demo] abc1234: Say hello',
    text: 'Branch: main\n\nSay hello.\n',
    messageId: 'push-1',
    threadId: 'thread-1',
    date: '2026-01-02T03:04:05.000Z',
    ...more,
  };
}

/** Sends a small mail with a deadline of five seconds, unless told otherwise. */
export function sendMail(
  transport: SmtpTransport,
  message: Partial<MailMessage> = {},
  more: Partial<SmtpRequest> = {},
): Promise<SmtpReply> {
  return transport.send({ message: makeMail(message), settled: {}, timeoutMs: 5000, ...more });
}
