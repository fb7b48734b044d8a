/**
 * Renders a commit: `id` for `oid`, its time in ISO 8601, and the address of its page.
 * It must never name a committer or paths that were not reported.
 */
import { composeObject, fieldTypes } from './compose-object.ts';
import {
  isJsonObject,
  orNull,
  readAddress,
  readBoolean,
  readText,
  readTexts,
  readTime,
  readTimestamp,
} from './field-readers.ts';

const commitTypes = fieldTypes([
  [readText, ['id', 'tree_id', 'message']],
  [readBoolean, ['distinct']],
  [readTimestamp, ['timestamp']],
  [readAddress, ['url']],
  [renderGitPerson, ['author', 'committer']],
  [readTexts, ['added', 'modified', 'removed']],
]);
const renamed: ReadonlySet<string> = new Set(['oid']);
/** What GitHub tells of somebody as Git knows them. */
export const gitPersonTypes = fieldTypes([
  [readText, ['name', 'username']],
  [orNull(readText), ['email']],
  [readTime, ['date']],
]);

/**
 * A commit, from `{oid, message, author, timestamp}` or what there is of it; undefined for what is no object.
 *
 * It counts as distinct, that is new to the repository, unless the producer says otherwise: receivers leave out the others.
 *
 * @param pages the address under which the repository's pages lie, if there is one
 */
export function renderCommit(
  source: unknown,
  pages: string | undefined,
): Record<string, unknown> | undefined {
  if (!isJsonObject(source)) return undefined;
  const id = readText(source['oid']) ?? readText(source['id']);
  const url = pages === undefined || !isObjectId(id) ? undefined : `${pages}/commit/${id}`;
  return composeObject(
    {
      id,
      message: readText(source['message']),
      timestamp: readTimestamp(source['timestamp']),
      url,
      author: renderGitPerson(source['author']),
      distinct: readBoolean(source['distinct']) ?? true,
    },
    source,
    commitTypes,
    renamed,
  );
}

/** True for the hash of a Git object, whole or shortened; only such are put into addresses. */
export function isObjectId(value: unknown): value is string {
  return typeof value === 'string' && /^[\da-f]{7,64}$/i.test(value);
}

/** Somebody as Git knows them, by name and e-mail address; undefined for what is no object. */
export function renderGitPerson(source: unknown): Record<string, unknown> | undefined {
  if (!isJsonObject(source)) return undefined;
  const fields = { name: readText(source['name']), email: readText(source['email']) };
  return composeObject(fields, source, gitPersonTypes);
}
