/**
 * Renders a pull request event: `pull_request` with `merged`, and its `base` and `head`.
 * It must never contradict the action, nor guess at a fork of which only the id and the name were reported.
 */
import { renderChanges } from './changes.ts';
import { composeObject, fieldTypes, withoutAbsent } from './compose-object.ts';
import { eventTypes } from './event-types.ts';
import {
  isJsonObject,
  orNull,
  readAddress,
  readBoolean,
  readId,
  readInteger,
  readNothing,
  readOneOf,
  readText,
  readTime,
  type JsonObject,
} from './field-readers.ts';
import { renderLabel, renderLabels } from './label.ts';
import { authorAssociations, renderPeople, renderPerson } from './person.ts';
import { loginOfOwner, renderRepository } from './repository.ts';
import { stateAfter } from './state-after.ts';

const pullRequestTypes = fieldTypes([
  [readId, ['id']],
  [readText, ['node_id', 'title', 'mergeable_state']],
  [orNull(readText), ['body', 'merge_commit_sha']],
  [readInteger, ['number', 'comments', 'review_comments', 'commits']],
  [readInteger, ['additions', 'deletions', 'changed_files']],
  [readBoolean, ['locked', 'draft', 'maintainer_can_modify']],
  [orNull(readBoolean), ['mergeable', 'rebaseable']],
  [readTime, ['created_at', 'updated_at']],
  [orNull(readTime), ['closed_at', 'merged_at']],
  [renderPerson, ['user']],
  [orNull(renderPerson), ['assignee', 'merged_by']],
  [renderPeople, ['assignees']],
  [renderLabels, ['labels']],
  [readOneOf(['open', 'closed']), ['state']],
  [readOneOf(authorAssociations), ['author_association']],
  [orNull(readNothing), ['milestone', 'auto_merge', 'active_lock_reason']],
  [readNothing, ['merged', 'head', 'base', '_links', 'requested_reviewers', 'requested_teams']],
]);
const renamed: ReadonlySet<string> = new Set(
  'author url baseRepo baseBranch baseSha headRepo headBranch headSha'.split(' '),
);
const renamedInEvent: ReadonlySet<string> = new Set(['pullRequest']);
const types = eventTypes([
  [renderChanges, ['changes']],
  [renderLabel, ['label']],
  [readInteger, ['number']],
  [readText, ['before', 'after', 'reason']],
  [readNothing, ['assignee', 'milestone', 'pull_request', 'requested_reviewer', 'requested_team']],
]);

/**
 * The payload of a pull request event.
 *
 * @param action as the source names it: `merged` becomes `closed`
 */
export function renderPullRequestEvent(source: JsonObject, action: string): Record<string, unknown> {
  const pullRequest = source['pullRequest'];
  if (!isJsonObject(pullRequest)) return composeObject({ action }, source, types, renamedInEvent);
  return composeObject(
    {
      action: action === 'merged' ? 'closed' : action,
      number: readInteger(pullRequest['number']),
      pull_request: renderPullRequest(pullRequest, action, source),
    },
    source,
    types,
    renamedInEvent,
  );
}

function renderPullRequest(source: JsonObject, action: string, event: JsonObject): Record<string, unknown> {
  const assignees = renderPeople(source['assignees']);
  return composeObject(
    {
      id: readId(source['id']),
      number: readInteger(source['number']),
      html_url: readAddress(source['url']),
      ...progress(source, action, event),
      title: readText(source['title']),
      user: renderPerson(source['author']),
      assignee: assignees?.[0] ?? (assignees && null),
      assignees,
      base: renderBranch(source['baseBranch'], source['baseSha'], source['baseRepo'], event['repository']),
      head: renderBranch(source['headBranch'], source['headSha'], source['headRepo'], event['repository']),
    },
    source,
    pullRequestTypes,
    renamed,
  );
}

/** How far it has come. Of its times the source tells those of the opening and of the last change alone. */
function progress(source: JsonObject, action: string, event: JsonObject): JsonObject {
  const state = stateAfter(action) ?? source['state'];
  if (state === 'open') {
    return { state, merged: false, closed_at: null, merged_at: null, merged_by: null };
  }
  const mergedAt = readTime(source['mergedAt']);
  const closedAt = readTime(source['closedAt']) ?? mergedAt ?? readTime(source['updatedAt']);
  if (action !== 'merged' && source['state'] !== 'merged') {
    return { state: 'closed', merged: false, closed_at: closedAt, merged_at: null, merged_by: null };
  }
  const mergedBy = action === 'merged' ? event['sender'] : undefined;
  return {
    state: 'closed',
    merged: true,
    closed_at: closedAt,
    merged_at: mergedAt ?? closedAt,
    merged_by: renderPerson(source['mergedBy']) ?? renderPerson(mergedBy),
  };
}

/** One end of a pull request. A repository that is the event's own is shown in full, another as far as it was reported. */
function renderBranch(
  branch: unknown,
  commit: unknown,
  reference: unknown,
  repository: unknown,
): Record<string, unknown> {
  const whole = idOf(reference) !== undefined && idOf(reference) === idOf(repository);
  const shown = whole ? repository : reference;
  const ref = readText(branch);
  const login = loginOfOwner(shown);
  return withoutAbsent({
    label: ref === undefined || login === undefined ? undefined : `${login}:${ref}`,
    ref,
    sha: readText(commit),
    user: login === undefined ? undefined : { login },
    repo: renderRepository(shown),
  });
}

function idOf(repository: unknown): unknown {
  return isJsonObject(repository) ? repository['id'] : undefined;
}
