/**
 * Pings hooks: a delivery that is no event, tried once, never counted, so that an owner learns whether a hook works.
 * Which services are not pinged is decided here.
 */
import type { Hook } from '#db/entities/hook.ts';
import type { Repository } from '#db/entities/repository.ts';
import { makeDelivery } from '#db/queries/make-delivery.ts';
import { lastResponses } from '#db/queries/last-responses.ts';
import { pingType } from '#domain/events.ts';
import { renderPing } from '#domain/rendering/ping.ts';
import { zenLine } from '#domain/zen.ts';
import type { ApiDependencies } from './dependencies.ts';
import { presentHook } from './github/present.ts';
import { shownConfig } from './hook-config.ts';

/** Services whose receivers are people's letterboxes and rooms: a ping there would only be noise. */
const notPinged: ReadonlySet<string> = new Set(['email', 'irc']);

/** What a ping tells beside its hook. */
export interface PingContext {
  readonly repository: Repository;
  /** Where callers reach this API. */
  readonly origin: string;
  /** Who asked for it. */
  readonly username: string;
}

/** Pings a hook. Answers the delivery's id, or undefined for a service that is not pinged. */
export async function pingHook(
  dependencies: Pick<ApiDependencies, 'database' | 'secrets' | 'announceWaiting'>,
  hook: Hook,
  { repository, origin, username }: PingContext,
): Promise<string | undefined> {
  if (notPinged.has(hook.service)) return undefined;
  const { pool } = dependencies.database;
  const { owner, name } = repository;
  const place = { origin, owner, repo: name };
  const last = (await lastResponses(pool, [hook.id])).get(hook.id);
  const { payload } = renderPing({
    zen: zenLine(Date.now()),
    hookId: Number(hook.number),
    hook: presentHook(hook, place, shownConfig(dependencies, hook), last),
    repository: {
      owner,
      name,
      ...(repository.externalId === null || repository.externalId === undefined
        ? {}
        : { id: repository.externalId }),
    },
    sender: username,
  });
  const id = await makeDelivery(pool, {
    hookId: hook.id,
    eventType: pingType,
    eventId: undefined,
    payload: JSON.stringify(payload),
  });
  if (id !== undefined) dependencies.announceWaiting();
  return id;
}
