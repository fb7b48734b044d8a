/**
 * Says in a headline what happened, for the events that services have no message of their own for.
 * Every event gets one, those that nobody has heard of included. Plain text: who shows it escapes it.
 */
import { oneLine } from './fit-text.ts';
import { hashAt, lineAt, listAt, partAt, textAt, urlAt } from './payload-reader.ts';
import { shortHash } from './read-push.ts';
import { actionOf, readTopic } from './read-topic.ts';
import type { ServiceEvent } from './service.ts';

/** What is told of an event. */
export interface Telling {
  /** In one line, not bounded. */
  readonly headline: string;
  /** What a person wrote, if the event is about that; lines as they were sent. */
  readonly text?: string | undefined;
  readonly url?: string | undefined;
}

type Tell = (payload: unknown) => Telling;

const tellings: Readonly<Record<string, Tell>> = {
  ping: () => ({ headline: 'This hook is connected' }),
  commit_comment: (payload) => tellComment(payload, `Comment on ${commitOf(payload)}`),
  pull_request_review_comment: (payload) =>
    tellComment(payload, `Review comment on ${labelOf('pull_request', payload)}`),
  issue_comment: (payload) => tellComment(payload, `Comment on ${labelOf('issues', payload)}`),
  create: (payload) => ({ headline: `${refOf(payload)} created` }),
  delete: (payload) => ({ headline: `${refOf(payload)} deleted` }),
  deployment: (payload) => ({
    headline: `Deployment to ${nameAt(payload, 'deployment', 'environment')} created`,
    text: textAt(payload, 'deployment', 'description'),
  }),
  deployment_status: (payload) => ({
    headline: `Deployment to ${nameAt(payload, 'deployment', 'environment')}: ${nameAt(payload, 'deployment_status', 'state')}`,
    text: textAt(payload, 'deployment_status', 'description'),
    url: urlAt(payload, 'deployment_status', 'target_url'),
  }),
  fork: (payload) => ({
    headline: `Forked to ${nameAt(payload, 'forkee', 'full_name')}`,
    url: urlAt(payload, 'forkee', 'html_url'),
  }),
  gollum: tellPage,
  member: (payload) => ({
    headline: `Collaborator ${nameAt(payload, 'member', 'login')} ${actionOf(payload) ?? 'changed'}`,
  }),
  page_build: (payload) => ({
    headline: `Page build: ${nameAt(payload, 'build', 'status')}`,
    text: textAt(payload, 'build', 'error', 'message'),
  }),
  public: () => ({ headline: 'The repository is now public' }),
  release: (payload) => ({
    headline: `Release ${lineAt(payload, 'release', 'name') ?? nameAt(payload, 'release', 'tag_name')} ${actionOf(payload) ?? 'published'}`,
    text: textAt(payload, 'release', 'body'),
    url: urlAt(payload, 'release', 'html_url'),
  }),
  status: (payload) => ({
    headline: `${lineAt(payload, 'context') ?? 'Status'} of ${commitOf(payload)}: ${nameAt(payload, 'state')}`,
    text: textAt(payload, 'description'),
    url: urlAt(payload, 'target_url'),
  }),
  team_add: (payload) => ({ headline: `Team ${nameAt(payload, 'team', 'name')} added or changed` }),
  watch: () => ({ headline: 'The repository was starred' }),
  star: (payload) => ({
    headline:
      textAt(payload, 'action') === 'deleted' ? 'A star was taken back' : 'The repository was starred',
  }),
};

/** What is told of any event but a push, an issue or a pull request, which services tell in their own ways. */
export function tellEvent(event: ServiceEvent): Telling {
  const tell = Object.hasOwn(tellings, event.name) ? tellings[event.name] : undefined;
  const { headline, text, url } = tell?.(event.payload) ?? tellUnknown(event);
  return { headline: headline.trim(), text, url: url ?? urlAt(event.payload, 'repository', 'html_url') };
}

function tellUnknown({ name, payload }: ServiceEvent): Telling {
  const words = name.replaceAll(/[._]/gu, ' ');
  const action = actionOf(payload);
  return { headline: oneLine(action === undefined ? words : `${words}: ${action}`) };
}

function tellComment(payload: unknown, headline: string): Telling {
  return {
    headline,
    text: textAt(payload, 'comment', 'body'),
    url: urlAt(payload, 'comment', 'html_url'),
  };
}

function tellPage(payload: unknown): Telling {
  const pages = listAt(payload, 'pages');
  if (pages.length !== 1) return { headline: `${pages.length} wiki pages updated` };
  return {
    headline: `Wiki page ${nameAt(pages[0], 'title')} ${actionOf(pages[0]) ?? 'updated'}`,
    text: textAt(pages[0], 'summary'),
    url: urlAt(pages[0], 'html_url'),
  };
}

function nameAt(payload: unknown, ...path: readonly string[]): string {
  return lineAt(payload, ...path) ?? 'unknown';
}

function refOf(payload: unknown): string {
  const kind = textAt(payload, 'ref_type');
  const name = lineAt(payload, 'ref') ?? '';
  return `${kind === 'tag' ? 'Tag' : kind === 'repository' ? 'Repository' : 'Branch'} ${name}`;
}

function commitOf(payload: unknown): string {
  const hash =
    hashAt(payload, 'comment', 'commit_id') ?? hashAt(payload, 'sha') ?? hashAt(payload, 'commit', 'sha');
  return hash === undefined ? 'a commit' : `commit ${shortHash(hash)}`;
}

/** `issue #12`, or a pull request where the comment is on one: they are told as issues, with a mark. */
function labelOf(name: 'issues' | 'pull_request', payload: unknown): string {
  const isPull = name === 'issues' && partAt(payload, 'issue', 'pull_request') !== undefined;
  const topic = readTopic({ name, payload });
  const label = (topic?.label ?? '').toLowerCase();
  return isPull ? label.replace('issue', 'pull request') : label;
}
