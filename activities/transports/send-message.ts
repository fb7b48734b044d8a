/** Hands a message to the transport that carries its kind. Knows nothing of deliveries. */
import type { RecipientStandings } from '#domain/recipients.ts';
import type { MessageToSend } from '#outgoing/message-to-send.ts';
import type { HttpTransport } from './http/http-transport.ts';
import type { IrcTransport } from './irc/irc-transport.ts';
import { unsent, type Reply } from './reply.ts';
import type { SmtpTransport } from './smtp/smtp-transport.ts';
import { assertNever } from '#domain/assert-never.ts';

/** The transports of a process. */
export interface Transports {
  readonly http: HttpTransport;
  /** Undefined where the operator has named no mail server. */
  readonly smtp: SmtpTransport | undefined;
  readonly irc: IrcTransport;
}

/** What a sending needs beside the message. */
export interface SendOptions {
  /** Milliseconds for all of it. */
  readonly timeoutMs: number;
  /** Bytes of an HTTP reply's body to keep. */
  readonly keepBytes: number;
  /** HTTP connections are shared only among messages of one scope. */
  readonly scope: string;
  /** Where the recipients of a mail stand after earlier attempts. */
  readonly recipients: RecipientStandings;
  readonly signal: AbortSignal;
}

/** What came of it; for a mail also where each recipient stands now. */
export interface SendReply extends Reply {
  readonly recipients?: RecipientStandings;
}

/** Sends a message. Whatever its receiver does is a value; only faults of ours are thrown. */
export async function sendMessage(
  { http, smtp, irc }: Transports,
  message: MessageToSend,
  { timeoutMs, keepBytes, scope, recipients, signal }: SendOptions,
): Promise<SendReply> {
  switch (message.transport) {
    case 'http': {
      const { url, headers, body, insecureTls } = message;
      return http.send({ url, headers, body, insecureTls, timeoutMs, keepBytes, scope, signal });
    }
    case 'smtp':
      return smtp === undefined
        ? noMailServer
        : smtp.send({ message, settled: recipients, timeoutMs, signal });
    case 'irc':
      return irc.send({ message, timeoutMs, signal });
    default:
      return assertNever(message);
  }
}

/** Put off, not refused: the operator may name a server before the schedule is used up. */
const noMailServer = unsent(
  'smtp_4xx',
  'This Holdfast has no mail server: its operator has not set HOLDFAST_SMTP_URL.',
);
