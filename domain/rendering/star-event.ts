/**
 * Renders a star. One that is given is the older event `watch`, as hooks have always heard of stars; one that is taken
 * back is `star`. It must never be read as somebody's subscription to notifications.
 */
import { composeObject } from './compose-object.ts';
import { eventTypes } from './event-types.ts';
import { readTime, type JsonObject } from './field-readers.ts';

const types = eventTypes([[readTime, ['starred_at']]]);

/** The payload of `watch`: a star was given. */
export function renderWatchEvent(source: JsonObject): Record<string, unknown> {
  return composeObject({ action: 'started' }, source, types);
}

/** The payload of `star`: a star was taken back. */
export function renderStarEvent(source: JsonObject): Record<string, unknown> {
  return composeObject({ action: 'deleted', starred_at: null }, source, types);
}
