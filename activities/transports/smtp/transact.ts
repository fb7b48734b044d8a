/**
 * Sends one mail over a connection and says what came of it for each address. The server's answer to an address stands
 * whatever happens after it; everything else counts for all the addresses that it had not refused.
 */
import type { NodemailerError } from 'nodemailer/lib/errors';
import type { SMTPEnvelope } from 'nodemailer/lib/smtp-connection';

import type { Outcome } from '#domain/outcomes.ts';

import type { Session } from './session.ts';
import { explainSetback, readStatus, type Setback } from './smtp-failures.ts';

/** What an address got: the mail, with the server's reply to it, or why it did not. */
export type Answer =
  | { readonly accepted: true; readonly status: number | null; readonly text: string }
  | Refusal;

/** An address that did not get the mail. */
export interface Refusal extends Setback {
  readonly accepted: false;
}

/** A mail as the server gets it. */
export interface Transaction {
  readonly from: string;
  readonly to: ReadonlySet<string>;
  readonly mail: Buffer;
}

/** Looks up the answer for one of the addresses that the mail went to. */
export type AnswerFor = (address: string) => Answer;

/** What came of a transaction. */
export interface TransactionResult {
  readonly answerFor: AnswerFor;
  /** True if the connection may carry another mail. */
  readonly reusable: boolean;
}

/** Sends. Rejects only for faults of ours, and with the reason of a signal that is no deadline's. */
export async function transact(
  session: Session,
  { from, to, mail }: Transaction,
  signal: AbortSignal,
): Promise<TransactionResult> {
  const envelope: NotedEnvelope = { from, to: [...to] };
  try {
    const reply = await session.send(envelope, mail, signal);
    const accepted: Answer = { accepted: true, status: readStatus(reply), text: reply };
    return { answerFor: answersOf(envelope, accepted), reusable: true };
  } catch (error) {
    const refusal: Refusal = { accepted: false, ...explainSetback(error) };
    // Once the sender is refused, whatever follows in the same batch is answered with a 503, which tells nothing.
    const noted = isSenderRefused(error) ? {} : envelope;
    return { answerFor: answersOf(noted, refusal), reusable: refusals.has(refusal.outcome) };
  }
}

/** The answer for every address of a mail that never came as far as a transaction. */
export function answerAll(error: unknown): AnswerFor {
  const refusal: Refusal = { accepted: false, ...explainSetback(error) };
  return () => refusal;
}

/** After these the server waits for the next command, as it does after a mail; RSET clears the rest. */
const refusals: ReadonlySet<Outcome> = new Set<Outcome>(['smtp_4xx', 'smtp_5xx']);

function isSenderRefused(error: unknown): boolean {
  return error instanceof Error && 'command' in error && error.command === 'MAIL FROM';
}

/** nodemailer notes here whom the server refused, and when the transaction fails later on, here alone. */
type NotedEnvelope = SMTPEnvelope & { readonly rejectedErrors?: readonly NodemailerError[] };

function answersOf({ rejectedErrors = [] }: NotedEnvelope, others: Answer): AnswerFor {
  const noted = new Map<string | undefined, Refusal>(
    rejectedErrors.map((error) => [error.recipient, { accepted: false, ...explainSetback(error) }]),
  );
  return (address) => noted.get(address) ?? others;
}
