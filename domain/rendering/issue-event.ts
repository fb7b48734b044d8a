/**
 * Renders an issue event: `issue` with its `user`, and `closed_at` as far as it follows from the action.
 * It must never contradict the action: an issue that was opened is open, whenever its producer looked at it.
 */
import { composeObject, fieldTypes } from './compose-object.ts';
import { eventTypes } from './event-types.ts';
import { renderChanges } from './changes.ts';
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
import { stateAfter } from './state-after.ts';

const issueTypes = fieldTypes([
  [readId, ['id']],
  [readText, ['node_id', 'title']],
  [orNull(readText), ['body', 'state_reason']],
  [readInteger, ['number', 'comments']],
  [readBoolean, ['locked', 'draft']],
  [readTime, ['created_at', 'updated_at']],
  [orNull(readTime), ['closed_at']],
  [renderPerson, ['user']],
  [orNull(renderPerson), ['assignee']],
  [renderPeople, ['assignees']],
  [renderLabels, ['labels']],
  [readOneOf(['open', 'closed']), ['state']],
  [readOneOf(authorAssociations), ['author_association']],
  [orNull(readNothing), ['milestone', 'performed_via_github_app', 'active_lock_reason']],
  [readNothing, ['pull_request', 'reactions']],
]);
const renamed: ReadonlySet<string> = new Set(['author', 'url']);
const types = eventTypes([
  [renderChanges, ['changes']],
  [renderLabel, ['label']],
  [readNothing, ['assignee', 'milestone', 'issue']],
]);

/** The payload of an issue event. */
export function renderIssueEvent(source: JsonObject, action: string): Record<string, unknown> {
  return composeObject({ action, issue: renderIssue(source['issue'], action) }, source, types);
}

function renderIssue(source: unknown, action: string): Record<string, unknown> | undefined {
  if (!isJsonObject(source)) return undefined;
  const assignees = renderPeople(source['assignees']);
  const state = stateAfter(action) ?? readText(source['state']);
  return composeObject(
    {
      id: readId(source['id']),
      number: readInteger(source['number']),
      html_url: readAddress(source['url']),
      state,
      title: readText(source['title']),
      user: renderPerson(source['author']),
      assignee: assignees?.[0] ?? (assignees && null),
      assignees,
      closed_at: state === 'open' ? null : closedAt(source),
    },
    source,
    issueTypes,
    renamed,
  );
}

/** When it was closed: the source tells it by the last change alone. */
function closedAt(source: JsonObject): string | undefined {
  return readTime(source['closedAt']) ?? readTime(source['updatedAt']);
}
