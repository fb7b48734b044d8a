/**
 * Renders what an edit changed, for producers that report it: the title or text as it was.
 * It must never tell what stands there now; the issue itself does.
 */
import { isJsonObject, readText } from './field-readers.ts';

/** `{title: {from}, body: {from}}`, of it what was reported; undefined for what is no object. */
export function renderChanges(source: unknown): Record<string, unknown> | undefined {
  if (!isJsonObject(source)) return undefined;
  const changes: Record<string, unknown> = {};
  for (const field of ['title', 'body']) {
    const change = source[field];
    const from = isJsonObject(change) ? readText(change['from']) : undefined;
    if (from !== undefined) changes[field] = { from };
  }
  return changes;
}
