/** Events as services get them, for the tests of services: each a complete one, in the dialect of repository hooks. */
import type { ServiceEvent } from '#domain/services/service.ts';

/** Forty zeros: no commit. */
export const noCommit = '0'.repeat(40);

const repository = { id: 1, name: 'site', full_name: 'acme/site', html_url: 'https://git.example/acme/site' };
const sender = { login: 'ada' };

/** An event with this name and payload; repository and sender are there unless the payload has its own. */
export function makeEvent(name: string, payload: Readonly<Record<string, unknown>> = {}): ServiceEvent {
  return {
    name,
    payload: { repository, sender, ...payload },
    deliveryId: '0198d0a2-7c1e-7b3a-9d55-0123456789ab',
    acceptedAt: '2026-11-22T10:00:00.000Z',
  };
}

/** A commit whose hash is forty times the digit. */
export function makeCommit(digit: string, message: string): Readonly<Record<string, unknown>> {
  return {
    id: digit.repeat(40),
    message,
    timestamp: '2026-11-22T09:59:00Z',
    url: `https://git.example/acme/site/commit/${digit.repeat(40)}`,
    author: { name: 'Ada Lovelace', email: 'ada@example.org' },
    added: ['new.txt'],
    modified: ['README.md'],
    removed: ['old.txt'],
  };
}

/** A push of these commits to `main`, the last of them its head. */
export function makePush(
  commits: readonly Readonly<Record<string, unknown>>[],
  further: Readonly<Record<string, unknown>> = {},
): ServiceEvent {
  return makeEvent('push', {
    ref: 'refs/heads/main',
    before: 'f'.repeat(40),
    after: 'e'.repeat(40),
    compare: 'https://git.example/acme/site/compare/f...e',
    commits,
    head_commit: commits.at(-1) ?? null,
    pusher: { name: 'ada' },
    ...further,
  });
}

/** Something done to issue 12. */
export function makeIssue(action: string, further: Readonly<Record<string, unknown>> = {}): ServiceEvent {
  return makeEvent('issues', {
    action,
    issue: {
      number: 12,
      title: 'It breaks',
      body: 'First line\r\nSecond line',
      state: action === 'closed' ? 'closed' : 'open',
      html_url: 'https://git.example/acme/site/issues/12',
      user: { login: 'grace' },
      ...further,
    },
  });
}

/** Something done to pull request 7. */
export function makePullRequest(action: string, merged = false): ServiceEvent {
  return makeEvent('pull_request', {
    action,
    number: 7,
    pull_request: {
      number: 7,
      title: 'Mend it',
      body: null,
      state: action === 'closed' ? 'closed' : 'open',
      merged,
      html_url: 'https://git.example/acme/site/pull/7',
      user: { login: 'grace' },
    },
  });
}

/** A comment, with what it is on. */
export function makeComment(name: string, on: Readonly<Record<string, unknown>>): ServiceEvent {
  return makeEvent(name, {
    action: 'created',
    comment: {
      body: 'Looks right\nto me',
      commit_id: 'c'.repeat(40),
      html_url: 'https://git.example/acme/site/comment/3',
    },
    ...on,
  });
}
