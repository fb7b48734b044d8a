/** A message as the transports take it. */
import type { IrcMessage, MailMessage } from '#domain/services/service.ts';

/** A request as it goes out. */
export interface RequestToSend {
  readonly transport: 'http';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly insecureTls: boolean;
}

/** A message ready to be sent. */
export type MessageToSend = RequestToSend | MailMessage | IrcMessage;
