/**
 * The catalogue of events that producers may report: names, meaning and family.
 * The only place where an event name is declared; never knows who listens.
 */

/** What an event is called, what it means, and the family name under which hooks may also ask for it. */
export interface EventDeclaration {
  readonly type: string;
  readonly description: string;
  /** The name by which SocialGateway knows it and sends it. */
  readonly name: string;
  /** The `action` that a SocialGateway payload of it carries; absent for events without actions. */
  readonly namedAction?: string;
  /** True when that payload says that the pull request was merged. */
  readonly merged?: boolean;
  /** The family whose subscribers get it too; absent when it goes only to its own name and to `*`. */
  readonly family?: string;
  /** The `action` that a Sigmagit payload must carry; absent for events without actions. */
  readonly action?: string;
  /** Which of Sigmagit's payload shapes it has; `none` when it is reported in SocialGateway's shape only. */
  readonly shape: 'issue' | 'pull_request' | 'push' | 'plain' | 'none';
}

/** Every event type, in the order in which the documentation lists them. */
export const eventDeclarations = [
  {
    type: 'issues.opened',
    description: 'An issue was opened.',
    name: 'issues',
    namedAction: 'opened',
    family: 'issues',
    action: 'opened',
    shape: 'issue',
  },
  {
    type: 'issues.closed',
    description: 'An issue was closed.',
    name: 'issues',
    namedAction: 'closed',
    family: 'issues',
    action: 'closed',
    shape: 'issue',
  },
  {
    type: 'issues.reopened',
    description: 'A closed issue was opened again.',
    name: 'issues',
    namedAction: 'reopened',
    family: 'issues',
    action: 'reopened',
    shape: 'issue',
  },
  {
    type: 'issues.edited',
    description: 'The title or text of an issue changed.',
    name: 'issues',
    namedAction: 'edited',
    action: 'edited',
    shape: 'issue',
  },
  {
    type: 'issues.deleted',
    description: 'An issue was deleted.',
    name: 'issues',
    namedAction: 'deleted',
    action: 'deleted',
    shape: 'issue',
  },
  {
    type: 'pull_request.opened',
    description: 'A pull request was opened.',
    name: 'pull_request',
    namedAction: 'opened',
    family: 'pull_request',
    action: 'opened',
    shape: 'pull_request',
  },
  {
    type: 'pull_request.closed',
    description: 'A pull request was closed without a merge.',
    name: 'pull_request',
    namedAction: 'closed',
    family: 'pull_request',
    action: 'closed',
    shape: 'pull_request',
  },
  {
    type: 'pull_request.merged',
    description: 'A pull request was merged.',
    name: 'pull_request',
    namedAction: 'closed',
    merged: true,
    family: 'pull_request',
    action: 'merged',
    shape: 'pull_request',
  },
  {
    type: 'pull_request.reopened',
    description: 'A closed pull request was opened again.',
    name: 'pull_request',
    namedAction: 'reopened',
    family: 'pull_request',
    action: 'reopened',
    shape: 'pull_request',
  },
  {
    type: 'pull_request.edited',
    description: 'The title or text of a pull request changed.',
    name: 'pull_request',
    namedAction: 'edited',
    action: 'edited',
    shape: 'pull_request',
  },
  {
    type: 'pull_request.synchronize',
    description: 'The branch of a pull request moved.',
    name: 'pull_request',
    namedAction: 'synchronize',
    family: 'pull_request',
    shape: 'none',
  },
  {
    type: 'push',
    description: 'Commits were pushed to a branch or tag.',
    name: 'push',
    family: 'push',
    shape: 'push',
  },
  { type: 'commit', description: 'A single commit was made.', name: 'commit', shape: 'plain' },
  {
    type: 'star.added',
    description: 'Somebody starred the repository.',
    name: 'watch',
    namedAction: 'started',
    family: 'watch',
    shape: 'plain',
  },
  {
    type: 'star.removed',
    description: 'Somebody took a star back.',
    name: 'star',
    namedAction: 'deleted',
    shape: 'plain',
  },
  {
    type: 'fork.created',
    description: 'The repository was forked.',
    name: 'fork',
    family: 'fork',
    shape: 'plain',
  },
  {
    type: 'commit_comment',
    description: 'Somebody commented on a commit.',
    name: 'commit_comment',
    shape: 'plain',
  },
  { type: 'create', description: 'A branch or tag was created.', name: 'create', shape: 'plain' },
  { type: 'delete', description: 'A branch or tag was deleted.', name: 'delete', shape: 'plain' },
  {
    type: 'deployment',
    description: 'A deployment was requested through the API.',
    name: 'deployment',
    shape: 'plain',
  },
  {
    type: 'deployment_status',
    description: 'The state of a deployment changed.',
    name: 'deployment_status',
    shape: 'plain',
  },
  {
    type: 'gollum',
    description: 'A page of the wiki was written or changed.',
    name: 'gollum',
    shape: 'plain',
  },
  {
    type: 'issue_comment',
    description: 'Somebody commented on an issue.',
    name: 'issue_comment',
    shape: 'plain',
  },
  {
    type: 'issues',
    description: 'An issue changed in a way that has no name of its own.',
    name: 'issues',
    shape: 'none',
  },
  {
    type: 'member',
    description: 'A collaborator was added to a repository that no organisation owns.',
    name: 'member',
    shape: 'plain',
  },
  {
    type: 'page_build',
    description: 'The site of the repository was built, or its build failed.',
    name: 'page_build',
    shape: 'plain',
  },
  { type: 'public', description: 'A private repository became public.', name: 'public', shape: 'plain' },
  {
    type: 'pull_request_review_comment',
    description: 'Somebody commented on a commit while reviewing a pull request.',
    name: 'pull_request_review_comment',
    shape: 'plain',
  },
  {
    type: 'pull_request',
    description: 'A pull request changed in a way that has no name of its own.',
    name: 'pull_request',
    shape: 'none',
  },
  { type: 'release', description: 'A release was published.', name: 'release', shape: 'plain' },
  {
    type: 'status',
    description: 'The status of a commit was set through the API.',
    name: 'status',
    shape: 'plain',
  },
  {
    type: 'team_add',
    description: 'A team was given the repository, or its part in it changed.',
    name: 'team_add',
    shape: 'plain',
  },
  {
    type: 'watch',
    description: 'A star reported with an action that has no name of its own.',
    name: 'watch',
    shape: 'none',
  },
] as const satisfies readonly EventDeclaration[];

/** The name of an event in the catalogue. */
export type EventType = (typeof eventDeclarations)[number]['type'];

const declarationsByType: ReadonlyMap<string, EventDeclaration> = new Map(
  eventDeclarations.map((declaration) => [declaration.type, declaration]),
);

/** The declaration of an event type, or undefined when there is no such event. */
export function findEvent(type: string): EventDeclaration | undefined {
  return declarationsByType.get(type);
}

/** The type of a ping, which is delivered and is no event: nobody reports it, subscribes to it or finds it listed. */
export const pingType = 'ping';

/** Every event, by the names that hooks and listings know. */
export const eventTypes: readonly string[] = [...declarationsByType.keys()];

/** Events a hook gets whose owner names none, unless its service has its own. */
export const defaultSubscription: readonly string[] = ['issues.opened', 'pull_request.opened', 'push'];
