/** A payload for every event of the catalogue, as a producer reports it: with the fields promised, and some of its own. */
import type { EventType } from '#domain/events.ts';

/** An event with its payload. */
export interface Sample {
  readonly type: EventType;
  readonly payload: Readonly<Record<string, unknown>>;
}

const repository = {
  id: '42',
  owner: 'olive',
  name: 'umbrella',
  url: 'https://forge.example/olive/umbrella',
  defaultBranch: 'main',
};
const sender = { id: '7', username: 'marta' };
const author = { id: '8', username: 'pim', name: 'Pim Regen' };
const createdAt = '2026-11-20T08:15:00Z';
const updatedAt = '2026-11-22T10:00:00.000+01:00';

const issue = {
  id: '1001',
  number: 3,
  title: 'It rains',
  body: null,
  state: 'open',
  author,
  labels: [{ id: '5', name: 'weather', color: '0000ff' }, 'wet'],
  assignees: [sender],
  url: 'https://forge.example/olive/umbrella/issues/3',
  createdAt,
  updatedAt,
};

const pullRequest = {
  id: '1002',
  number: 4,
  title: 'Open the umbrella',
  body: 'It keeps us dry.',
  state: 'open',
  author,
  baseRepo: { id: '42', name: 'umbrella' },
  headRepo: { id: '43', name: 'umbrella' },
  baseBranch: 'main',
  headBranch: 'open-it',
  url: 'https://forge.example/olive/umbrella/pulls/4',
  createdAt,
  updatedAt,
};

const before = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';
const first = '5d41402abc4b2a76b9719d911017c592ae3b1f20';
const after = '7d793037a0760186574b0282f2f435e7f1e2a3b4';

const push = {
  repository,
  pusher: sender,
  ref: 'refs/heads/main',
  before,
  after,
  commits: [
    {
      oid: first,
      message: 'Find the umbrella',
      author: { name: 'Pim Regen', email: 'pim@forge.example' },
      timestamp: 1_763_805_600,
    },
    {
      oid: after,
      message: 'Open the umbrella\n\nIt had been closed.',
      author: { name: 'Marta', email: 'marta@forge.example' },
      timestamp: 1_763_805_660_500,
      modified: ['umbrella.txt'],
    },
  ],
  totalCommits: 2,
  sender,
};

/** One event of each type, in the order of the catalogue. */
export const samples: readonly Sample[] = [
  { type: 'issues.opened', payload: { action: 'opened', repository, issue, sender } },
  {
    type: 'issues.closed',
    payload: { action: 'closed', repository, issue: { ...issue, state: 'closed' }, sender },
  },
  { type: 'issues.reopened', payload: { action: 'reopened', repository, issue, sender } },
  {
    type: 'issues.edited',
    payload: { action: 'edited', repository, issue, sender, changes: { title: { from: 'It drips' } } },
  },
  { type: 'issues.deleted', payload: { action: 'deleted', repository, issue, sender } },
  { type: 'pull_request.opened', payload: { action: 'opened', repository, pullRequest, sender } },
  {
    type: 'pull_request.closed',
    payload: { action: 'closed', repository, pullRequest: { ...pullRequest, state: 'closed' }, sender },
  },
  {
    type: 'pull_request.merged',
    payload: { action: 'merged', repository, pullRequest: { ...pullRequest, state: 'merged' }, sender },
  },
  { type: 'pull_request.reopened', payload: { action: 'reopened', repository, pullRequest, sender } },
  { type: 'pull_request.edited', payload: { action: 'edited', repository, pullRequest, sender } },
  { type: 'push', payload: push },
  { type: 'commit', payload: { repository, sender, commit: push.commits[1] } },
  { type: 'star.added', payload: { repository, sender, starredAt: createdAt } },
  { type: 'star.removed', payload: { repository, sender } },
  {
    type: 'fork.created',
    payload: { repository, sender, fork: { ...repository, id: '43', owner: 'marta' } },
  },
];

/** The sample of a type. */
export function sampleOf(type: EventType): Sample {
  const sample = samples.find((candidate) => candidate.type === type);
  if (sample === undefined) throw new Error(`There is no sample of ${type}`);
  return sample;
}
