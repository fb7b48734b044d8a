/**
 * The form in which the Events API shows an event that is rendered already: its type's name, and its payload without
 * what stands beside it there. It must never show a push in its detailed form: a page of those has no bound.
 */
import { withoutAbsent } from './compose-object.ts';
import {
  isJsonObject,
  readBoolean,
  readEach,
  readInteger,
  readText,
  type JsonObject,
} from './field-readers.ts';
import type { RenderedEvent } from './render-event.ts';

/** Commits that a push shows at the most: its last. */
const shownCommits = 20;

/** The type's name: `PushEvent` for `push`, `PullRequestReviewCommentEvent` for `pull_request_review_comment`. */
export function eventsApiType(name: string): string {
  const words = name.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Event`;
}

/** The payload without `repository` and `sender`; of a push its short form. */
export function eventsApiPayload({ name, payload }: RenderedEvent): JsonObject {
  if (name === 'push') return shortPush(payload);
  return Object.fromEntries(
    Object.entries(payload).filter(([field]) => field !== 'repository' && field !== 'sender'),
  );
}

/** `{ref, head, before, size, commits}` of a push in the GitHub dialect, of which nothing needs to be there. */
function shortPush(payload: JsonObject): JsonObject {
  const commits = Array.isArray(payload['commits']) ? payload['commits'] : [];
  return withoutAbsent({
    ref: readText(payload['ref']),
    head: readText(payload['after']) ?? readText(payload['head']),
    before: readText(payload['before']),
    size: readInteger(payload['size']) ?? commits.length,
    commits: readEach(commits.slice(-shownCommits), shortCommit),
  });
}

function shortCommit(commit: unknown): JsonObject | undefined {
  if (!isJsonObject(commit)) return undefined;
  const author = isJsonObject(commit['author']) ? commit['author'] : {};
  return withoutAbsent({
    sha: readText(commit['id']) ?? readText(commit['sha']),
    author: withoutAbsent({ name: readText(author['name']), email: readText(author['email']) }),
    message: readText(commit['message']),
    distinct: readBoolean(commit['distinct']),
    url: readText(commit['url']),
  });
}
