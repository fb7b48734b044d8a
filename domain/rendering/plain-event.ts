/**
 * Renders the events of which only `repository` and `sender` are promised; the rest is kept as it was reported.
 * It must never guess at what the rest means, but for a commit that is reported as one.
 */
import { renderCommit } from './commit.ts';
import { composeObject } from './compose-object.ts';
import { eventTypes } from './event-types.ts';
import { isJsonObject, type JsonObject } from './field-readers.ts';
import { addressOfPages, renderRepository } from './repository.ts';

const types = eventTypes([]);

/** The payload of an event without a shape of its own; `action` where its name has one. */
export function renderPlainEvent(source: JsonObject, action: string | undefined): Record<string, unknown> {
  return composeObject({ action }, source, types);
}

/** The payload of `commit`, which GitHub does not know: `commit`, where it was reported, looks as it does in a push. */
export function renderCommitEvent(source: JsonObject): Record<string, unknown> {
  const reported = source['commit'];
  const repository = renderRepository(source['repository']);
  const commit = isJsonObject(reported) ? renderCommit(reported, addressOfPages(repository)) : reported;
  return composeObject({ commit, repository }, source, types);
}
