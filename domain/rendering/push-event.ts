/**
 * Renders a push in its detailed form: all commits, `head_commit`, `compare`, and what its hashes tell.
 * It must never change the order of the commits, nor claim a forced push that was not reported as one.
 */
import { gitPersonTypes, isObjectId, renderCommit } from './commit.ts';
import { composeObject } from './compose-object.ts';
import { eventTypes } from './event-types.ts';
import {
  isJsonObject,
  orNull,
  readBoolean,
  readEach,
  readInteger,
  readNothing,
  readText,
  type JsonObject,
} from './field-readers.ts';
import { addressOfPages, renderRepository } from './repository.ts';

const types = eventTypes([
  [readText, ['ref', 'before', 'after', 'compare']],
  [orNull(readText), ['base_ref']],
  [readBoolean, ['created', 'deleted', 'forced']],
  [readInteger, ['size']],
  [readNothing, ['commits', 'head_commit', 'pusher']],
]);
const renamed: ReadonlySet<string> = new Set(['totalCommits']);
const renamedOfPusher: ReadonlySet<string> = new Set(['id', 'username', 'name']);

/** The payload of a push. */
export function renderPushEvent(source: JsonObject): Record<string, unknown> {
  const repository = renderRepository(source['repository']);
  const pages = addressOfPages(repository);
  const [before, after] = [readText(source['before']), readText(source['after'])];
  const commits = readEach(source['commits'], (commit) => renderCommit(commit, pages));
  const [created, deleted] = [isZero(before), isZero(after)];
  return composeObject(
    {
      ref: readText(source['ref']),
      before,
      after,
      created,
      deleted,
      forced: readBoolean(source['forced']) ?? (created || deleted ? false : undefined),
      compare:
        pages !== undefined && isObjectId(before) && isObjectId(after)
          ? `${pages}/compare/${before}...${after}`
          : undefined,
      size: readInteger(source['totalCommits']),
      commits,
      head_commit: deleted ? null : headCommit(commits ?? [], after),
      // GitHub gives pushes the web address under both names.
      repository: repository && { ...repository, ...addressTwice(repository) },
      pusher: renderPusher(source['pusher']),
    },
    source,
    types,
    renamed,
  );
}

/** The hash that stands for nothing: before a branch is made, and after it is deleted. */
function isZero(hash: string | undefined): boolean {
  return hash !== undefined && /^0+$/.test(hash);
}

/** The commit the branch is at now. A tag's own hash is that of no commit: it is the last of those that came along. */
function headCommit(commits: readonly JsonObject[], after: string | undefined): JsonObject | null {
  return commits.find((commit) => commit['id'] === after) ?? commits.at(-1) ?? null;
}

function addressTwice(repository: JsonObject): JsonObject {
  return repository['html_url'] === undefined ? {} : { url: repository['html_url'] };
}

function renderPusher(source: unknown): Record<string, unknown> | undefined {
  if (!isJsonObject(source)) return undefined;
  return composeObject({ name: readText(source['username']) }, source, gitPersonTypes, renamedOfPusher);
}
