/**
 * Writes the mails to a repository's owner about its hooks: what happened, what happens next, what to do. In plain words,
 * for people who know their receiver and not Holdfast. Bounded like every line that is read of a payload.
 */
import { outcomeSentences, type Outcome } from '../outcomes.ts';
import type { OperationalType } from '../operational-events.ts';
import { fitText } from './fit-text.ts';
import type { MailText } from './mail-text.ts';
import { countAt, lineAt } from './payload-reader.ts';
import { readRepository } from './read-repository.ts';

/** The parts of a mail, each some sentences. */
interface Story {
  readonly headline: string;
  readonly happened: string;
  readonly next: string;
  readonly advice: string;
}

/** The most UTF-16 units of what a payload names. */
const longestName = 255;

/** The mail of an operational event. */
export function mailOfNotice(type: OperationalType, payload: unknown): MailText {
  const { fullName } = readRepository(payload);
  const { headline, happened, next, advice } = stories[type](payload);
  const lines = [
    `What happened: ${happened}`,
    '',
    `What happens next: ${next}`,
    '',
    `What to do: ${advice}`,
    '',
    `Repository: ${fullName}`,
    `Webhook:    ${nameAt(payload, 'webhook', 'id')}`,
    `Delivery:   ${nameAt(payload, 'delivery', 'id')}`,
    '',
    `This address is the one to which notices about the webhooks of ${fullName} are sent.`,
  ];
  return { headline, text: `${lines.join('\n')}\n` };
}

const stories: Readonly<Record<OperationalType, (payload: unknown) => Story>> = {
  'hook.failing': (payload) => ({
    headline: `${hookOf(payload)} is failing`,
    happened: `Attempt ${attemptsOf(payload)} to deliver the event ${eventOf(payload)} to ${theHookOf(payload)} has failed, and half of the retries are used up. ${lastAnswerOf(payload)}`,
    next: 'The delivery is retried until its schedule is used up. If nothing has got through by then, the webhook is disabled.',
    advice:
      'See whether the receiver works and whether the webhook has the right address. Once it works again nothing needs to be done: what waits is delivered, and you are told.',
  }),
  'hook.disabled': (payload) => ({
    headline: `${hookOf(payload)} was disabled`,
    happened: `Nothing more is sent to ${theHookOf(payload)}: ${reasonOf(payload)} ${lastAnswerOf(payload)}`,
    next: 'New events are not delivered to it. Deliveries that were waiting are kept back for a while and sent when the webhook is enabled again in time.',
    advice:
      'Repair the receiver, or change the address of the webhook, and then set the webhook to active again. If it is not needed any more, delete it.',
  }),
  'hook.recovered': (payload) => ({
    headline: `${hookOf(payload)} works again`,
    happened: `A delivery of the event ${eventOf(payload)} to ${theHookOf(payload)} has succeeded.`,
    next: 'Events are delivered as usual, and so is what still waits to be retried.',
    advice: 'Nothing. Deliveries that were given up before can be sent again by hand.',
  }),
  'delivery.exhausted': (payload) => ({
    headline: `A delivery to ${placeOf(payload)} was given up`,
    happened: `The event ${eventOf(payload)} could not be delivered to ${theHookOf(payload)} in ${attemptsOf(payload)} attempts, and no retry is left. ${lastAnswerOf(payload)}`,
    next: 'This delivery is not attempted again by itself. Mails say so at most once an hour for each webhook: there may be more such deliveries.',
    advice: 'When the receiver works again, ask for the delivery to be retried by hand.',
  }),
};

const reasons: Readonly<Record<string, string>> = {
  gone: 'its receiver has answered that it is gone for good.',
  delivery_exhausted: 'all retries of a delivery have failed, and nothing got through meanwhile.',
  consecutive_failures: 'too many attempts have failed in a row.',
};

function placeOf(payload: unknown): string {
  const host = lineAt(payload, 'webhook', 'host');
  return host === undefined
    ? `the service ${nameAt(payload, 'webhook', 'service')}`
    : fitText(host, longestName);
}

function hookOf(payload: unknown): string {
  return `The webhook to ${placeOf(payload)}`;
}

function theHookOf(payload: unknown): string {
  return `the webhook to ${placeOf(payload)}`;
}

function eventOf(payload: unknown): string {
  return nameAt(payload, 'delivery', 'event_type');
}

function attemptsOf(payload: unknown): number {
  return countAt(payload, 'delivery', 'attempts') ?? 0;
}

function reasonOf(payload: unknown): string {
  const reason = lineAt(payload, 'disabled_reason') ?? '';
  return (
    (Object.hasOwn(reasons, reason) ? reasons[reason] : undefined) ??
    'too many attempts have failed in a row.'
  );
}

function lastAnswerOf(payload: unknown): string {
  const outcome = lineAt(payload, 'delivery', 'last_outcome') ?? '';
  const status = countAt(payload, 'delivery', 'last_status');
  const sentence = Object.hasOwn(outcomeSentences, outcome)
    ? outcomeSentences[outcome as Outcome]
    : 'It is not known why.';
  return status === undefined ? sentence : `${sentence} Its answer had the status ${status}.`;
}

function nameAt(payload: unknown, ...path: readonly string[]): string {
  return fitText(lineAt(payload, ...path) ?? 'unknown', longestName);
}
