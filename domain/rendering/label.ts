/**
 * Renders the labels of issues and pull requests, whose shape the source leaves open.
 * It must never give a label a colour or an id that was not reported.
 */
import { composeObject, fieldTypes } from './compose-object.ts';
import {
  isJsonObject,
  orNull,
  readAddress,
  readBoolean,
  readEach,
  readId,
  readText,
} from './field-readers.ts';

const labelTypes = fieldTypes([
  [readId, ['id']],
  [readText, ['name', 'node_id', 'color']],
  [orNull(readText), ['description']],
  [readAddress, ['url']],
  [readBoolean, ['default']],
]);

/** A label, from an object or a bare name; undefined for anything else. */
export function renderLabel(source: unknown): Record<string, unknown> | undefined {
  if (typeof source === 'string') return { name: source };
  return isJsonObject(source) ? composeObject({}, source, labelTypes) : undefined;
}

/** Every label of a list; undefined when it is no list. */
export function renderLabels(source: unknown): Record<string, unknown>[] | undefined {
  return readEach(source, renderLabel);
}
