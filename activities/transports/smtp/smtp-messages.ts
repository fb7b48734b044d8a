/** What the SMTP transport takes and gives: plain values, whatever the mail server does. */
import type { RecipientStandings } from '#domain/recipients.ts';
import type { MailMessage } from '#domain/services/service.ts';

import type { Reply } from '../reply.ts';

/** One mail. */
export interface SmtpRequest {
  readonly message: MailMessage;
  /** What came of earlier attempts, as the last reply gave it; empty for the first. */
  readonly settled: RecipientStandings;
  /** Milliseconds for everything, from the call on: a free connection, opening it, and the mail. */
  readonly timeoutMs: number;
  /** Ends the attempt when the process must stop; `send` then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What came of it. The body holds what the server said of each address; the status is the one that decided. */
export interface SmtpReply extends Reply {
  /** All of the message's addresses, those of earlier attempts included. */
  readonly recipients: RecipientStandings;
}
