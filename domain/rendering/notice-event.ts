/**
 * Renders a notice for receivers of the GitHub dialect: its names in snake_case, the repository in that dialect's shape.
 * It must never guess a sender: nobody caused it.
 */
import { composeObject } from './compose-object.ts';
import { eventTypes } from './event-types.ts';
import { isJsonObject, type JsonObject } from './field-readers.ts';

const types = eventTypes([]);
const noTypes = new Map();

/** The payload of an operational event. */
export function renderNoticeEvent(source: JsonObject): Record<string, unknown> {
  const { webhook, delivery } = source;
  return composeObject({ webhook: renamed(webhook), delivery: renamed(delivery) }, source, types);
}

function renamed(part: unknown): JsonObject | undefined {
  return isJsonObject(part) ? composeObject({}, part, noTypes) : undefined;
}
