/**
 * Reads the issue or pull request that an event is about, in the words that every service uses for it.
 * Plain text, in one line but for the body, and not bounded: who shows it cuts and escapes it.
 */
import { countAt, flagAt, lineAt, partAt, textAt, urlAt } from './payload-reader.ts';
import { fitText } from './fit-text.ts';
import type { ServiceEvent } from './service.ts';

/** An issue or pull request and what became of it. */
export interface Topic {
  readonly noun: 'issue' | 'pull request';
  /** `Issue #12`, or `Issue` when the payload has no number. */
  readonly label: string;
  /** `opened`, `closed`, `merged`. */
  readonly action: string;
  readonly title: string;
  readonly body: string | undefined;
  readonly url: string | undefined;
  readonly author: string;
  readonly state: string;
}

/** The topic of an `issues` or `pull_request` event; undefined for every other. */
export function readTopic({ name, payload }: Pick<ServiceEvent, 'name' | 'payload'>): Topic | undefined {
  if (name === 'issues') return topicOf('issue', 'Issue', payload, partAt(payload, 'issue'));
  if (name === 'pull_request') {
    return topicOf('pull request', 'Pull request', payload, partAt(payload, 'pull_request'));
  }
  return undefined;
}

function topicOf(noun: Topic['noun'], heading: string, payload: unknown, subject: unknown): Topic {
  const number = countAt(subject, 'number') ?? countAt(payload, 'number');
  const merged = noun === 'pull request' && flagAt(subject, 'merged');
  const action = actionOf(payload);
  return {
    noun,
    label: number === undefined ? heading : `${heading} #${number}`,
    action: merged && action === 'closed' ? 'merged' : (action ?? 'changed'),
    title: lineAt(subject, 'title') ?? 'Untitled',
    body: textAt(subject, 'body'),
    url: urlAt(subject, 'html_url') ?? urlAt(subject, 'url'),
    author: lineAt(subject, 'user', 'login') ?? 'unknown',
    state: merged ? 'merged' : (lineAt(subject, 'state') ?? 'unknown'),
  };
}

/** The action of an event in words, in one line and of a length for a sentence: `opened`, `review requested`. */
export function actionOf(payload: unknown): string | undefined {
  const action = lineAt(payload, 'action');
  return action === undefined ? undefined : fitText(action.replaceAll('_', ' '), 50);
}
