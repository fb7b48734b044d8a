/** A hook's attempts in the shape of GitHub's deliveries API: list, one with all that was sent and came back, again. */
import { z } from 'zod';
import type { Repository } from '#db/entities/repository.ts';
import { attemptEntries } from '#db/queries/attempt-entries.ts';
import { findDeliveredEvent, type DeliveredEvent } from '#db/queries/find-delivered-event.ts';
import { attemptAgain } from '../control-deliveries.ts';
import { fromCursor, toPage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { shownUrl } from '../hook-config.ts';
import { sentBody } from '../presenters/attempt.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { gitHubHooksPath, gitHubPage, gitHubTag, reading, writing } from './common.ts';
import { findNumberedAttempt, findNumberedHook } from './find-hook.ts';
import { linkHeaders } from './links.ts';
import { hookAddress, presentAttempt, presentAttemptDetail } from './present.ts';
import {
  cursorQuery,
  deliveryParams,
  gitHubDelivery,
  gitHubDeliveryDetail,
  gitHubErrors,
  hookParams,
  linkHeader,
} from './schemas.ts';

const tag = gitHubTag;
const path = `${gitHubHooksPath}/:hook_id/deliveries`;

/** The platform's id of a repository where it is a number, as clients type it. */
function numericId({ externalId }: Repository): number | null {
  const id = Number(externalId ?? Number.NaN);
  return Number.isSafeInteger(id) ? id : null;
}

/** The action in a payload of SocialGateway's shape. */
function actionOf(event: DeliveredEvent | undefined): string | null {
  if (event?.shape !== 'socialgateway') return null;
  const { action } = JSON.parse(event.payload) as { readonly action?: unknown };
  return typeof action === 'string' ? action : null;
}

/** The routes. */
export function gitHubDeliveryRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  return [listRoute(dependencies), readRoute(dependencies), againRoute(dependencies)];
}

function listRoute(dependencies: ApiDependencies): AnyRoute {
  const { pool } = dependencies.database;
  return defineRoute({
    method: 'get',
    path,
    tag,
    summary: "List a hook's deliveries",
    description: 'An entry for each attempt, the newest first.',
    scopes: reading,
    params: hookParams,
    query: cursorQuery,
    replies: {
      200: { description: 'A page', schema: z.array(gitHubDelivery), headers: linkHeader },
      ...gitHubErrors(400, 401, 403, 404, 422),
    },
    load: (params, caller) => findNumberedHook(dependencies, params, caller),
    handle: async ({ query, loaded: { hook, repository }, origin }) => {
      const limit = query.per_page ?? gitHubPage;
      const rows = await attemptEntries(pool, {
        hookId: hook.id,
        before: fromCursor(query.cursor),
        limit: limit + 1,
      });
      const page = toPage(rows, limit);
      const place = { origin, owner: repository.owner, repo: repository.name };
      const next =
        page.nextCursor === null ? {} : { next: { cursor: page.nextCursor, per_page: String(limit) } };
      return {
        status: 200,
        headers: linkHeaders(`${hookAddress(place, String(hook.number))}/deliveries`, next),
        body: page.rows.map((row) => presentAttempt(row, numericId(repository))),
      };
    },
  });
}

function readRoute(dependencies: ApiDependencies): AnyRoute {
  const { pool } = dependencies.database;
  return defineRoute({
    method: 'get',
    path: `${path}/:delivery_id`,
    tag,
    summary: 'Read a delivery',
    scopes: reading,
    params: deliveryParams,
    replies: {
      200: { description: 'The attempt', schema: gitHubDeliveryDetail },
      ...gitHubErrors(401, 403, 404),
    },
    load: (params, caller) => findNumberedAttempt(dependencies, params, caller),
    handle: async ({ loaded: { hook, repository, attempt } }) => {
      const event = await findDeliveredEvent(pool, attempt.deliveryId);
      return {
        status: 200,
        body: presentAttemptDetail(
          { ...attempt, action: actionOf(event) },
          {
            url: shownUrl(dependencies, hook),
            repositoryId: numericId(repository),
            body: sentBody(attempt, event),
          },
        ),
      };
    },
  });
}

function againRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'post',
    path: `${path}/:delivery_id/attempts`,
    tag,
    summary: 'Redeliver',
    description:
      'Sends again what has ended, as a further entry with the same guid; what waits is sent at once.',
    scopes: writing,
    params: deliveryParams,
    replies: {
      202: { description: 'Under way', schema: z.object({}) },
      ...gitHubErrors(401, 403, 404, 409),
    },
    load: (params, caller) => findNumberedAttempt(dependencies, params, caller),
    handle: async ({ loaded: { attempt }, caller: { username }, requestId, receivedMs }) => {
      await attemptAgain(dependencies, attempt.deliveryId, {
        username,
        requestId,
        ageMs: Date.now() - receivedMs,
      });
      return { status: 202, body: {} };
    },
  });
}
