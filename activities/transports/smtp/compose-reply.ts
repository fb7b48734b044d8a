/**
 * Turns what the server answered into the value that callers store: the standing of each address, the worst of them as
 * the outcome of the attempt, and the server's words without secrets and control characters.
 */
import { attemptLimits } from '#domain/limits.ts';
import { type Outcome, outcomeSentences } from '#domain/outcomes.ts';

import { mailboxLimits } from '#platform/mail/mailbox.ts';
import { oneLine } from '#platform/mail/one-line.ts';
import type { RecipientStanding, RecipientStandings } from '#domain/recipients.ts';
import { redact } from './redact.ts';
import { smtpLimits } from './smtp-limits.ts';
import type { SmtpReply } from './smtp-messages.ts';
import type { Answer, Refusal } from './transact.ts';

/** What an attempt came to. */
export interface Attempt {
  readonly recipients: readonly string[];
  readonly settled: RecipientStandings;
  /** By address; those that were settled before have none. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** What must not be repeated if the server does. */
  readonly secrets: readonly string[];
  readonly startMs: number;
}

/** The reply for an attempt that has just ended. */
export function composeReply({ recipients, settled, answers, secrets, startMs }: Attempt): SmtpReply {
  const standings = recipients.map((address): [string, RecipientStanding] => {
    const answer = answers.get(address);
    return [address, answer === undefined ? settledStanding(settled, address) : toStanding(answer, secrets)];
  });
  const words = Buffer.from(tell(answers, secrets));
  return {
    ...judge(
      standings.map(([, standing]) => standing),
      [...answers.values()],
    ),
    headers: null,
    body: words.subarray(0, attemptLimits.responseBytes),
    truncated: words.length > attemptLimits.responseBytes,
    durationMs: performance.now() - startMs,
    retryAfter: null,
    recipients: Object.fromEntries(standings),
  };
}

/** While an address is put off, its reason is the outcome; what befell the connection goes before what was said. */
function judge(standings: readonly RecipientStanding[], answers: readonly Answer[]) {
  const setbacks = answers.filter((answer) => !answer.accepted);
  const putOff = setbacks.filter(({ final }) => !final);
  const deciding = putOff.find(({ outcome }) => outcome !== 'smtp_4xx') ?? putOff[0];
  const refused = standings.filter(({ state }) => state === 'refused');
  if (deciding !== undefined) {
    return verdict(
      deciding.outcome,
      deciding.status,
      deciding.detail,
      share(putOff.length, standings.length),
    );
  }
  if (refused[0] !== undefined) {
    const detail = setbacks.find((setback) => setback.detail !== undefined)?.detail;
    return verdict('smtp_5xx', refused[0].status, detail, share(refused.length, standings.length));
  }
  return { outcome: 'delivered' as const, status: standings.at(-1)?.status ?? null, error: null };
}

function verdict(outcome: Outcome, status: number | null, ...details: readonly (string | undefined)[]) {
  const reasons = [status === null ? undefined : `status ${status}`, ...details].filter(
    (reason) => reason !== undefined,
  );
  const sentence = outcomeSentences[outcome];
  const error = reasons.length === 0 ? sentence : `${sentence.slice(0, -1)} (${reasons.join(', ')}).`;
  return { outcome, status, error };
}

function share(count: number, all: number): string | undefined {
  return count === all ? undefined : `for ${count} of ${all} addresses`;
}

function toStanding(answer: Answer, secrets: readonly string[]): RecipientStanding {
  const said = oneLine(redact(answer.text, secrets), smtpLimits.standingLength);
  const reply = said === '' && !answer.accepted ? inOurWords(answer) : said;
  return { state: stateOf(answer), status: answer.status, reply };
}

function stateOf(answer: Answer): RecipientStanding['state'] {
  if (answer.accepted) return 'accepted';
  return answer.final ? 'refused' : 'deferred';
}

function inOurWords({ outcome, detail }: Refusal): string {
  return verdict(outcome, null, detail).error;
}

/** A standing of an earlier attempt. */
function settledStanding(settled: RecipientStandings, address: string): RecipientStanding {
  const standing = settled[address];
  if (standing === undefined) throw new Error('An address was neither tried nor settled before');
  return standing;
}

/** What the server said of each address, a line each, or more where it used more. */
function tell(answers: ReadonlyMap<string, Answer>, secrets: readonly string[]): string {
  return [...answers]
    .filter(([, { text }]) => text !== '')
    .map(([address, { text }]) => {
      const lines = redact(text, secrets).split(/\r?\n/);
      return `${oneLine(address, mailboxLimits.address)}: ${lines.map((line) => oneLine(line, line.length)).join('\n')}\n`;
    })
    .join('');
}
