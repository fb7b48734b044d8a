/**
 * Renders a ping, the synthetic event that tells a new receiver that its hook is there.
 * It must never carry a secret: the hook is shown as it is given, masked already.
 */
import { withoutAbsent } from './compose-object.ts';
import type { JsonObject } from './field-readers.ts';
import { renderPerson } from './person.ts';
import { renderRepository } from './repository.ts';
import type { RenderedEvent } from './render-event.ts';

/** What a ping tells. */
export interface Ping {
  /** A line of wisdom. */
  readonly zen: string;
  readonly hookId: number;
  /** The hook in the shape of the hooks API. */
  readonly hook: JsonObject;
  readonly repository: { readonly owner: string; readonly name: string };
  /** The username of who asked for it; absent for a hook's first ping. */
  readonly sender?: string;
}

/** A ping as receivers get it. */
export function renderPing({ zen, hookId, hook, repository, sender }: Ping): RenderedEvent {
  const payload = {
    zen,
    hook_id: hookId,
    hook,
    repository: renderRepository(repository),
    sender: renderPerson(sender),
  };
  return { name: 'ping', payload: withoutAbsent(payload) };
}
