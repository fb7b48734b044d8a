/**
 * Tells what a failure on an SMTP connection means for the addresses of a mail.
 *
 * What the server answers to the mail itself (MAIL, RCPT, DATA and the data) is about the mail: 5xx is for good. What
 * it answers before that, and the codes that ask for another way of connecting or signing in, are about how the
 * operator set the server up: a mail is not lost for it but put off, as if the code were a 4xx.
 */
import type { NodemailerError } from 'nodemailer/lib/errors';

import type { Outcome } from '#domain/outcomes.ts';

import { explainReplyError, explainTlsError, ReceiverFailure } from '../failures.ts';

/** Why an address did not get the mail. */
export interface Setback {
  /** True if it never will. */
  readonly final: boolean;
  readonly outcome: Outcome;
  /** The server's code and text as they came; null and empty if it said nothing. */
  readonly status: number | null;
  readonly text: string;
  /** Ours, for the sentence that the hook's owner reads. */
  readonly detail: string | undefined;
}

/** Explains what a session failed with. Throws what is neither the server's doing nor the network's. */
export function explainSetback(error: unknown): Setback {
  if (error instanceof ReceiverFailure) return withoutReply(error);
  if (!isSmtpError(error)) throw error;
  if (error.response === undefined || error.response === '') return withoutReply(explainSilence(error));
  return explainReply(error, error.response);
}

/** The same error, told as a failure of TLS if it is one of the connection: it befell a handshake. */
export function blameHandshake(error: unknown): unknown {
  if (!isSmtpError(error) || error.code === 'ETIMEDOUT') return error;
  return explainTlsError(withCode(error));
}

function explainReply(error: NodemailerError, text: string): Setback {
  const status = readStatus(text);
  const setback = { final: false, status, text };
  const refusal = status !== null && status >= 400 && status < 600;
  if (error.code === 'ETLS') return { ...setback, outcome: 'tls_error', detail: 'STARTTLS was refused' };
  if (!refusal) return { ...setback, outcome: 'protocol_error', detail: undefined };
  if (error.code === 'EAUTH') return { ...setback, outcome: 'smtp_4xx', detail: 'signing in was refused' };
  if (!mailCommands.has(error.command ?? '') || status < 500 || setUpCodes.has(status)) {
    return { ...setback, outcome: 'smtp_4xx', detail: undefined };
  }
  return { ...setback, final: true, outcome: 'smtp_5xx', detail: undefined };
}

const mailCommands: ReadonlySet<string> = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** Bad sequence of commands, sign in first, sign in in another way, signing in failed, encrypt first. */
const setUpCodes: ReadonlySet<number> = new Set([503, 530, 534, 535, 538]);

/** The failure of a connection over which nothing was said that would explain it. */
function explainSilence(error: NodemailerError): ReceiverFailure {
  if (error.code === 'ETLS') return explainTlsError(withCode(error));
  if (error.code === 'ESOCKET') return explainSocketError(error);
  const outcome = silentOutcomes.get(error.code ?? '');
  if (outcome === undefined) throw error;
  const detail = error.code === 'EAUTH' ? 'there is no way of signing in that both sides know' : undefined;
  return new ReceiverFailure(outcome, detail, { cause: error });
}

const silentOutcomes: ReadonlyMap<string, Outcome> = new Map([
  ['ETIMEDOUT', 'timeout'],
  ['ECONNECTION', 'connection_reset'],
  ['EPROTOCOL', 'protocol_error'],
  ['EAUTH', 'smtp_4xx'],
]);

/** What a socket fails with says nothing of the protocol: what is no fault of TLS or ours is a reset. */
function explainSocketError(error: NodemailerError): ReceiverFailure {
  const failure = explainReplyError(withCode(error));
  if (failure.outcome !== 'protocol_error') return failure;
  return new ReceiverFailure('connection_reset', undefined, { cause: error });
}

/** The error with the code it had before nodemailer gave it one of its own. */
function withCode(error: NodemailerError): Error {
  return Object.assign(new Error('The connection failed', { cause: error }), { code: error.originalCode });
}

function withoutReply({ outcome, detail }: ReceiverFailure): Setback {
  return { final: false, outcome, status: null, text: '', detail };
}

/** The code that a reply begins with. */
export function readStatus(reply: string): number | null {
  const code = /^\d{3}(?!\d)/.exec(reply)?.[0];
  return code === undefined ? null : Number(code);
}

/** True for the errors of nodemailer, which all have a code. */
function isSmtpError(error: unknown): error is NodemailerError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
