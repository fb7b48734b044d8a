/** The Events API: what happened in a repository, the newest first. Pings are no events and are not here. */
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { eventsOfRepository, type EventRow } from '#db/queries/events.ts';
import type { Repository } from '#db/entities/repository.ts';
import { eventsApiPayload, eventsApiType } from '#domain/rendering/events-api.ts';
import { renderEvent } from '#domain/rendering/render-event.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { findManagedRepository, publicRepositoryId } from '../hooks.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { repositoryParams } from '../schemas/common.ts';
import { gitHubPage, gitHubTag, reading } from './common.ts';
import { linkHeaders } from './links.ts';
import { repositoryAddress } from './present.ts';
import { cursorQuery, gitHubErrors, gitHubEvent, linkHeader } from './schemas.ts';

/** The route. */
export function gitHubEventRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  const list = defineRoute({
    method: 'get',
    path: '/repos/:owner/:repo/events',
    tag: gitHubTag,
    summary: 'List the events of a repository',
    scopes: [...reading, 'events:write'],
    params: repositoryParams,
    query: cursorQuery,
    replies: {
      200: { description: 'A page', schema: z.array(gitHubEvent), headers: linkHeader },
      ...gitHubErrors(400, 401, 403, 404, 422),
    },
    load: ({ owner, repo }, caller) => findManagedRepository(dependencies, owner, repo, caller),
    handle: async ({ query, loaded: repository, origin }) => {
      const limit = query.per_page ?? gitHubPage;
      const { events, isLast } = await eventsOfRepository(dependencies.database.pool, {
        repositoryId: repository.id,
        before: fromCursor(query.cursor),
        limit,
      });
      const address = repositoryAddress({ origin, owner: repository.owner, repo: repository.name });
      const last = events.at(-1);
      const next =
        isLast || last === undefined ? {} : { next: { cursor: toCursor(last.id), per_page: String(limit) } };
      const shown = [];
      for (const event of events) {
        shown.push(presentEvent(event, repository, address));
        // Others may have their turn: a large payload takes milliseconds.
        await setImmediate();
      }
      return { status: 200, headers: linkHeaders(`${address}/events`, next), body: shown };
    },
  });
  return [list];
}

function presentEvent({ id, type, payload, acceptedAt }: EventRow, repository: Repository, url: string) {
  const event = renderEvent({ type, payload });
  const publicId = publicRepositoryId(repository);
  return {
    id,
    type: eventsApiType(event.name),
    actor: { login: senderOf(event.payload) },
    repo: {
      id: /^\d{1,15}$/.test(publicId) ? Number(publicId) : publicId,
      name: `${repository.owner}/${repository.name}`,
      url,
    },
    payload: eventsApiPayload(event),
    public: true,
    created_at: acceptedAt,
  };
}

function senderOf(payload: unknown): string {
  const { sender } = payload as { readonly sender?: { readonly login?: unknown } };
  return typeof sender?.login === 'string' ? sender.login : '';
}
