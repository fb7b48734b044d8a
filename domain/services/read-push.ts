/**
 * Reads a push out of a payload, for every service that tells of one.
 * Plain text, in one line but for messages, and not bounded: who shows it cuts and escapes it.
 */
import { oneLine } from './fit-text.ts';
import { countAt, flagAt, hashAt, lineAt, listAt, partAt, textAt, urlAt } from './payload-reader.ts';

/** Commits that are read of a push; no message shows more. */
const mostCommits = 200;

/** Paths that are read of a commit for each of the three things that may become of one. */
const mostChanges = 100;

/** A commit of a push. */
export interface PushCommit {
  /** The whole hash, hexadecimal digits alone. */
  readonly hash: string | undefined;
  readonly message: string;
  readonly authorName: string;
  readonly authorAddress: string | undefined;
  readonly timestamp: string | undefined;
  readonly url: string | undefined;
  /** The paths that it touched, each behind what became of it: `M README.md`. */
  readonly changes: readonly string[];
}

/** A push. */
export interface Push {
  /** As it was sent, `refs/heads/main`. */
  readonly ref: string;
  readonly kind: 'branch' | 'tag';
  /** The name of the branch or tag. */
  readonly name: string;
  readonly created: boolean;
  readonly deleted: boolean;
  readonly pusher: string;
  /** The first commits of the push, oldest first; a push may say that it has more. */
  readonly commits: readonly PushCommit[];
  readonly commitCount: number;
  /** The commit that the branch is at now. */
  readonly head: PushCommit | undefined;
  /** Where to look at the change. */
  readonly url: string | undefined;
}

/** What there is of a push in a payload. */
export function readPush(payload: unknown): Push {
  const ref = lineAt(payload, 'ref') ?? 'unknown';
  const deleted = flagAt(payload, 'deleted') || isNothing(textAt(payload, 'after'));
  const listed = deleted ? [] : listAt(payload, 'commits');
  const head = deleted ? undefined : (partAt(payload, 'head_commit') ?? listed.at(-1));
  return {
    ref,
    kind: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    name: ref.replace(/^refs\/(heads|tags)\/(?=.)/u, ''),
    created: flagAt(payload, 'created') || isNothing(textAt(payload, 'before')),
    deleted,
    pusher: lineAt(payload, 'pusher', 'name') ?? lineAt(payload, 'sender', 'login') ?? 'somebody',
    commits: listed.slice(0, mostCommits).map(readCommit),
    commitCount: deleted ? 0 : Math.max(listed.length, countAt(payload, 'size') ?? 0),
    head: head === undefined ? undefined : readCommit(head),
    url: urlAt(payload, 'compare'),
  };
}

/** `1 commit`, `3 commits`, `3 new commits`. */
export function countCommits(count: number, attribute = ''): string {
  return `${count} ${attribute}${count === 1 ? 'commit' : 'commits'}`;
}

/** What a push did: `3 commits to main`, `branch main deleted`. */
export function titleOfPush({ kind, name, created, deleted, commitCount }: Push): string {
  if (deleted) return `${kind} ${name} deleted`;
  if (commitCount === 0) return `${kind} ${name} ${created ? 'created' : 'updated'}`;
  return `${countCommits(commitCount)} to ${name}`;
}

/** A hash as people say it: its first seven digits. */
export function shortHash(hash: string): string {
  return hash.slice(0, 7);
}

function readCommit(source: unknown): PushCommit {
  return {
    hash: hashAt(source, 'id'),
    message: textAt(source, 'message') ?? '',
    authorName: lineAt(source, 'author', 'name') ?? lineAt(source, 'author', 'username') ?? 'somebody',
    authorAddress: lineAt(source, 'author', 'email'),
    timestamp: lineAt(source, 'timestamp'),
    url: urlAt(source, 'url'),
    changes: [
      ...changesAt(source, 'added', 'A'),
      ...changesAt(source, 'modified', 'M'),
      ...changesAt(source, 'removed', 'R'),
    ],
  };
}

function changesAt(source: unknown, name: string, letter: string): readonly string[] {
  return listAt(source, name)
    .slice(0, mostChanges)
    .flatMap((path) => (typeof path === 'string' ? `${letter} ${oneLine(path.toWellFormed())}` : []));
}

/** Forty or sixty-four zeros stand for no commit. */
function isNothing(hash: string | undefined): boolean {
  return hash !== undefined && /^0+$/u.test(hash);
}
