/**
 * One attempt at a mail: from the standings of earlier ones to a reply. It never sends to an address that is settled,
 * and waits for nothing beyond its deadline.
 */
import { approvedValue, composeMail } from './compose-mail.ts';
import { composeReply } from './compose-reply.ts';
import { endedBy, startDeadline } from './deadline.ts';
import type { Mailbox } from '#platform/mail/mailbox.ts';
import { findOpenRecipients, notSendable } from './recipients.ts';
import type { Lease, Sessions } from './sessions.ts';
import type { SmtpReply, SmtpRequest } from './smtp-messages.ts';
import { type Answer, answerAll, type AnswerFor, transact, type Transaction } from './transact.ts';

/** What `attemptMail` needs. */
export interface AttemptMailDeps {
  readonly sessions: Sessions;
  readonly from: Mailbox;
  /** What no reply may repeat. */
  readonly secrets: readonly string[];
}

/** Attempts a mail. Rejects only for faults of ours and with the reason of the request's signal. */
export async function attemptMail(request: SmtpRequest, deps: AttemptMailDeps): Promise<SmtpReply> {
  const { message, settled, timeoutMs, signal } = request;
  signal?.throwIfAborted();
  const startMs = performance.now();
  const recipients = [...new Set(message.recipients)];
  if (recipients.length === 0) throw new TypeError('A mail needs a recipient');
  const { sendable, unsendable } = findOpenRecipients(recipients, settled);
  const answers = new Map<string, Answer>(unsendable.map((address) => [address, notSendable]));
  const deadline = startDeadline(timeoutMs, signal);
  try {
    if (sendable.size > 0) {
      const mail = await composeMail(message, deps.from);
      const transaction = { from: deps.from.address, to: new Set(sendable.values()), mail };
      const answerFor = await exchange(deps.sessions, transaction, deadline.signal);
      for (const [address, written] of sendable) answers.set(address, answerFor(written));
    }
  } finally {
    deadline.end();
  }
  const secrets = [...deps.secrets, approvedValue(message.approved ?? '')];
  return composeReply({ recipients, settled, answers, secrets, startMs });
}

async function exchange(
  sessions: Sessions,
  transaction: Transaction,
  signal: AbortSignal,
): Promise<AnswerFor> {
  let lease: Lease;
  try {
    lease = await sessions.lease(signal);
  } catch (error) {
    return answerAll(endedBy(signal, error));
  }
  let reusable = false;
  try {
    const result = await transact(lease.session, transaction, signal);
    reusable = result.reusable;
    return result.answerFor;
  } finally {
    lease.release(reusable);
  }
}
