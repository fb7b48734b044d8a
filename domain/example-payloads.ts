/**
 * An example of each event, as its source reports it: what templates are tried on and previews show. Invented, and small.
 */
import { assertNever } from './assert-never.ts';
import type { EventDeclaration } from './events.ts';

const repository = { id: '42', owner: 'octo', name: 'hello', url: 'https://example.com/octo/hello' };
const sender = { id: '7', username: 'octo' };
const author = { ...sender, name: 'Octo Example' };
const times = { createdAt: '2026-01-02T03:04:05Z', updatedAt: '2026-01-02T04:05:06Z' };

const issue = {
  id: '1001',
  number: 12,
  title: 'The door sticks',
  body: 'It has to be pushed twice.',
  state: 'open',
  author,
  labels: [],
  assignees: [],
  url: 'https://example.com/octo/hello/issues/12',
  ...times,
};

const pullRequest = {
  id: '2001',
  number: 13,
  title: 'Oil the hinges',
  body: null,
  state: 'open',
  author,
  baseRepo: { id: '42', name: 'hello' },
  headRepo: { id: '42', name: 'hello' },
  baseBranch: 'main',
  headBranch: 'oil',
  url: 'https://example.com/octo/hello/pulls/13',
  ...times,
};

const push = {
  repository,
  pusher: sender,
  ref: 'refs/heads/main',
  before: '1111111111111111111111111111111111111111',
  after: '2222222222222222222222222222222222222222',
  commits: [
    {
      oid: '2222222222222222222222222222222222222222',
      message: 'Oil the hinges',
      author: { name: 'Octo Example', email: 'octo@example.com' },
      timestamp: 1_767_323_045,
    },
  ],
  totalCommits: 1,
  sender,
};

/** What SocialGateway's own events have in common. */
const named = {
  repository: {
    id: 42,
    name: 'hello',
    full_name: 'octo/hello',
    html_url: 'https://example.com/octo/hello',
    owner: { id: 7, login: 'octo' },
  },
  sender: { id: 7, login: 'octo' },
};

/** The payload of an example of an event, in the shape in which its source reports it. */
export function examplePayload({ shape, action, namedAction }: EventDeclaration): object {
  switch (shape) {
    case 'issue':
      return { action, repository, issue, sender };
    case 'pull_request':
      return {
        action,
        repository,
        pullRequest: action === 'merged' ? { ...pullRequest, state: 'merged' } : pullRequest,
        sender,
      };
    case 'push':
      return push;
    case 'plain':
      return { repository, sender };
    case 'none':
      return { ...named, action: namedAction ?? 'changed' };
    default:
      return assertNever(shape);
  }
}
