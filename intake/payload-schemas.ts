/**
 * The payload shapes of both dialects, as schemas that name the field at fault.
 * They check what is promised to receivers and leave every further field alone.
 */
import { z } from 'zod';
import type { EventDeclaration } from '#domain/events.ts';

const id = z.string().min(1);
const isoTime = z.iso.datetime({ offset: true });

const person = z.looseObject({ id, username: z.string().min(1) });
const author = z.looseObject({ id, username: z.string().min(1), name: z.string() });
const repository = z.looseObject({ id, owner: z.string().min(1), name: z.string().min(1), url: z.string() });
const repositoryReference = z.looseObject({ id, name: z.string() });

const issue = z.looseObject({
  id,
  number: z.number(),
  title: z.string(),
  body: z.string().nullable(),
  state: z.enum(['open', 'closed']),
  author,
  labels: z.array(z.unknown()),
  assignees: z.array(z.unknown()),
  url: z.string(),
  createdAt: isoTime,
  updatedAt: isoTime,
});

const pullRequest = z.looseObject({
  id,
  number: z.number(),
  title: z.string(),
  body: z.string().nullable(),
  state: z.enum(['open', 'closed', 'merged']),
  author,
  baseRepo: repositoryReference,
  headRepo: repositoryReference,
  baseBranch: z.string(),
  headBranch: z.string(),
  url: z.string(),
  createdAt: isoTime,
  updatedAt: isoTime,
});

const commit = z.looseObject({
  oid: z.string().min(1),
  message: z.string(),
  author: z.looseObject({ name: z.string(), email: z.string() }),
  /** Seconds since the epoch below 10^11, milliseconds from there on. */
  timestamp: z.number(),
});

const plain = z.looseObject({ repository, sender: person });

const push = plain.extend({
  pusher: person,
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  commits: z.array(commit),
  totalCommits: z.number(),
});

const shapes: Readonly<Record<EventDeclaration['shape'], ((action: string) => z.ZodType) | undefined>> = {
  issue: (action) => plain.extend({ action: z.literal(action), issue }),
  pull_request: (action) => plain.extend({ action: z.literal(action), pullRequest }),
  push: () => push,
  plain: () => plain,
  none: undefined,
};

/** The schema of an event's Sigmagit payload, the agreement of its action with its name included; undefined for none. */
export function payloadSchema(event: EventDeclaration): z.ZodType | undefined {
  return shapes[event.shape]?.(event.action ?? '');
}

/** The schema of a payload in SocialGateway's shape, of which little is promised. */
export function namedPayloadSchema(expected: { readonly fullName: string; readonly needsAction: boolean }) {
  const { fullName, needsAction } = expected;
  const action = z.string().min(1);
  return z.looseObject({
    repository: z.looseObject({
      full_name: z.literal(fullName, `must be ${fullName}, the repository that the event is reported for`),
    }),
    sender: z.looseObject({ login: z.string().min(1) }),
    action: needsAction ? action : z.unknown().optional(),
  });
}
