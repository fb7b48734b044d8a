/** Builders: repositories, tokens, hooks and payloads for tests, each with names of its own. */
import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';
import type { Scope } from '#domain/access.ts';
import type { TestHoldfast } from './holdfast.ts';

/** Every scope that a repository's owner may want. */
export const ownerScopes: readonly Scope[] = [
  'read:repo_hook',
  'write:repo_hook',
  'admin:repo_hook',
  'events:write',
];

/** A repository and its owner's token. */
export interface OwnedRepository {
  readonly owner: string;
  readonly name: string;
  readonly token: string;
  readonly path: string;
}

/** A hook with its secret. */
export interface MadeHook {
  readonly id: string;
  readonly secret: string;
  readonly standardSecret: string;
}

/** Makes a token for a person. */
export async function makeToken(
  holdfast: TestHoldfast,
  username: string,
  scopes: readonly Scope[] = ownerScopes,
): Promise<string> {
  const answer = await holdfast.call('POST', '/api/tokens', { body: { username, scopes } });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.data.token as string;
}

/** Makes a repository with a fresh owner and a token of theirs. */
export async function makeRepository(
  holdfast: TestHoldfast,
  settings: { readonly admins?: readonly string[] } = {},
): Promise<OwnedRepository> {
  const owner = `owner-${randomUUID().slice(0, 8)}`;
  const name = 'hello';
  const path = `/api/repositories/${owner}/${name}`;
  const answer = await holdfast.call('PUT', path, { body: settings });
  assert.equal(answer.status, 201, answer.text);
  return { owner, name, path, token: await makeToken(holdfast, owner) };
}

/** Makes a hook. */
export async function makeHook(
  holdfast: TestHoldfast,
  repository: OwnedRepository,
  body: { readonly url: string; readonly [setting: string]: unknown },
): Promise<MadeHook> {
  const answer = await holdfast.call('POST', `${repository.path}/webhooks`, {
    token: repository.token,
    body,
  });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.data as MadeHook;
}

/** Sends an event and answers its receipt. */
export async function sendEvent(
  holdfast: TestHoldfast,
  repository: OwnedRepository,
  type = 'star.added',
  body: unknown = plainPayload(repository),
): Promise<{
  readonly id: string;
  readonly deliveries: readonly { readonly id: string; readonly webhookId: string }[];
}> {
  const answer = await holdfast.call('POST', `${repository.path}/events/${type}`, {
    token: repository.token,
    body,
  });
  assert.equal(answer.status, 202, answer.text);
  return answer.body.data;
}

/** The payload of an event without a shape of its own, such as `star.added`. */
export function plainPayload({ owner, name }: { readonly owner: string; readonly name: string }) {
  return {
    repository: { id: '1', owner, name, url: `https://example.com/${owner}/${name}` },
    sender: { id: '7', username: owner },
  };
}

/** A payload in SocialGateway's shape, with the little that is asked of it. */
export function namedPayload(
  { owner, name }: { readonly owner: string; readonly name: string },
  action?: string,
) {
  return {
    ...(action === undefined ? {} : { action }),
    repository: { id: 1, name, full_name: `${owner}/${name}`, owner: { login: owner } },
    sender: { id: 7, login: owner },
  };
}

/** The payload of an issue event. */
export function issuePayload(
  repository: { readonly owner: string; readonly name: string },
  action = 'opened',
) {
  return {
    action,
    ...plainPayload(repository),
    issue: {
      id: '11',
      number: 3,
      title: 'It rains',
      body: null,
      state: 'open',
      author: { id: '7', username: repository.owner, name: 'Olive' },
      labels: [],
      assignees: [],
      url: 'https://example.com/issues/3',
      createdAt: '2026-11-22T10:00:00Z',
      updatedAt: '2026-11-22T10:00:00Z',
    },
  };
}

/** The payload of a pull request event. */
export function pullRequestPayload(
  repository: { readonly owner: string; readonly name: string },
  action = 'opened',
) {
  return {
    action,
    ...plainPayload(repository),
    pullRequest: {
      id: '12',
      number: 4,
      title: 'An umbrella',
      body: 'It keeps us dry.',
      state: action === 'merged' ? 'merged' : 'open',
      author: { id: '7', username: repository.owner, name: 'Olive' },
      baseRepo: { id: '1', name: repository.name },
      headRepo: { id: '2', name: repository.name },
      baseBranch: 'main',
      headBranch: 'umbrella',
      url: 'https://example.com/pulls/4',
      createdAt: '2026-11-22T10:00:00Z',
      updatedAt: '2026-11-22T10:00:00Z',
    },
  };
}

/** The payload of a push. */
export function pushPayload(repository: { readonly owner: string; readonly name: string }) {
  return {
    ...plainPayload(repository),
    pusher: { id: '7', username: repository.owner },
    ref: 'refs/heads/main',
    before: '0'.repeat(40),
    after: 'a'.repeat(40),
    commits: [
      {
        oid: 'a'.repeat(40),
        message: 'Close the window',
        author: { name: 'Olive', email: 'olive@example.com' },
        timestamp: 1_763_805_600,
      },
    ],
    totalCommits: 1,
  };
}
