/**
 * The catalogue of events that producers may report: names, meaning and family.
 * The only place where an event name is declared; never knows who listens.
 */

/** What an event is called, what it means, and the family name under which hooks may also ask for it. */
export interface EventDeclaration {
  readonly type: string;
  readonly description: string;
  /** The family whose subscribers get it too; absent when it goes only to its own name and to `*`. */
  readonly family?: string;
  /** The `action` that the payload must carry; absent for events without actions. */
  readonly action?: string;
  /** Which of the payload shapes of contract A it has. */
  readonly shape: 'issue' | 'pull_request' | 'push' | 'plain';
}

/** Every event type, in the order in which the documentation lists them. */
export const eventDeclarations = [
  {
    type: 'issues.opened',
    description: 'An issue was opened.',
    family: 'issues',
    action: 'opened',
    shape: 'issue',
  },
  {
    type: 'issues.closed',
    description: 'An issue was closed.',
    family: 'issues',
    action: 'closed',
    shape: 'issue',
  },
  {
    type: 'issues.reopened',
    description: 'A closed issue was opened again.',
    family: 'issues',
    action: 'reopened',
    shape: 'issue',
  },
  {
    type: 'issues.edited',
    description: 'The title or text of an issue changed.',
    action: 'edited',
    shape: 'issue',
  },
  { type: 'issues.deleted', description: 'An issue was deleted.', action: 'deleted', shape: 'issue' },
  {
    type: 'pull_request.opened',
    description: 'A pull request was opened.',
    family: 'pull_request',
    action: 'opened',
    shape: 'pull_request',
  },
  {
    type: 'pull_request.closed',
    description: 'A pull request was closed without a merge.',
    family: 'pull_request',
    action: 'closed',
    shape: 'pull_request',
  },
  {
    type: 'pull_request.merged',
    description: 'A pull request was merged.',
    family: 'pull_request',
    action: 'merged',
    shape: 'pull_request',
  },
  {
    type: 'pull_request.reopened',
    description: 'A closed pull request was opened again.',
    family: 'pull_request',
    action: 'reopened',
    shape: 'pull_request',
  },
  {
    type: 'pull_request.edited',
    description: 'The title or text of a pull request changed.',
    action: 'edited',
    shape: 'pull_request',
  },
  { type: 'push', description: 'Commits were pushed to a branch or tag.', family: 'push', shape: 'push' },
  { type: 'commit', description: 'A single commit was made.', shape: 'plain' },
  { type: 'star.added', description: 'Somebody starred the repository.', family: 'watch', shape: 'plain' },
  { type: 'star.removed', description: 'Somebody took a star back.', shape: 'plain' },
  { type: 'fork.created', description: 'The repository was forked.', family: 'fork', shape: 'plain' },
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

/** Every name a producer may report. */
export const eventTypes: readonly string[] = [...declarationsByType.keys()];

/** Events a contract-A hook gets when its owner names none. */
export const defaultSubscription: readonly string[] = ['issues.opened', 'pull_request.opened', 'push'];
