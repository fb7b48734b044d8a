/**
 * Renders a fork: `forkee` is the new repository, where the producer reports it as `forkee` or `fork`.
 * It must never present the repository that was forked as the fork.
 */
import { composeObject } from './compose-object.ts';
import { eventTypes } from './event-types.ts';
import { isJsonObject, readNothing, type JsonObject } from './field-readers.ts';
import { renderRepository } from './repository.ts';

const types = eventTypes([[readNothing, ['forkee']]]);
const renamed: ReadonlySet<string> = new Set(['fork']);

/** The payload of a fork. */
export function renderForkEvent(source: JsonObject): Record<string, unknown> {
  const usesFork = !isJsonObject(source['forkee']) && isJsonObject(source['fork']);
  const forkee = renderRepository(usesFork ? source['fork'] : source['forkee']);
  return composeObject(
    { forkee: forkee && { ...forkee, fork: true } },
    source,
    types,
    usesFork ? renamed : undefined,
  );
}
