/** Deliveries across hooks: lists by filter, and one with its attempts and its live state. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '#db/orm.ts';
import { attemptsOfDelivery } from '#db/queries/attempts.ts';
import { findDelivery, listDeliveries, type DeliveryRow } from '#db/queries/deliveries.ts';
import { findDeliveredEvent } from '#db/queries/find-delivered-event.ts';
import { hasScope, managesRepository, type Caller } from '#domain/access.ts';
import { isSettled, type DeliveryState } from '#domain/delivery.ts';
import { isUuid } from '#domain/ids.ts';
import { pageLimits } from '#domain/limits.ts';
import { Refusal } from '#domain/refusals.ts';
import type { Dispatcher } from '#dispatch/dispatcher.ts';
import type { LiveDelivery } from '#workflows/messages.ts';
import { fromCursor, toPage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { presentDeliveryAttempt } from '../presenters/attempt.ts';
import { presentDelivery } from '../presenters/delivery.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { dataOf, errorReplies, idParams, pageOf } from '../schemas/common.ts';
import { deliveriesQuery, delivery, deliveryDetail } from '../schemas/deliveries.ts';

const tag = 'Deliveries';

/** Milliseconds that a workflow is given to say where its delivery stands. */
const liveDeadlineMs = 1000;

/** The routes. */
export function deliveryRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  return [listRoute(dependencies), readRoute(dependencies)];
}

/** Finds a delivery of the caller's; an operator's are all. */
export async function findOwn({ pool }: Database, id: string, caller: Caller): Promise<DeliveryRow> {
  const row = isUuid(id) ? await findDelivery(pool, id) : undefined;
  const manages = row !== undefined && !row.hookInternal && managesRepository(caller.username, row);
  if (row === undefined || !(hasScope(caller, ['operator']) || manages)) {
    throw new Refusal('not_found', 'Delivery not found');
  }
  return row;
}

async function askLive(dispatcher: Dispatcher, row: DeliveryRow): Promise<LiveDelivery | undefined> {
  if (isSettled(row.state as DeliveryState) || !row.started || row.groupId !== null) return undefined;
  const asked = dispatcher.askState(row, liveDeadlineMs).catch(() => undefined);
  // Its own deadline covers the call, not the connecting before it.
  return Promise.race([asked, delay(liveDeadlineMs, undefined, { ref: false })]);
}

function readRoute({ database, dispatcher }: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/deliveries/:id',
    tag,
    summary: 'Read a delivery',
    description:
      'Asks its workflow where it stands, for a second at most; otherwise tells what was last recorded.',
    scopes: ['read:repo_hook', 'operator'],
    params: idParams,
    replies: {
      200: { description: 'The delivery', schema: dataOf(deliveryDetail) },
      ...errorReplies(401, 403, 404),
    },
    load: ({ id }, caller) => findOwn(database, id, caller),
    handle: async ({ loaded: found, caller }) => {
      const live = await askLive(dispatcher, found);
      // Read after the workflow has answered: what it knows is in the database by then. The attempts are read last, or a
      // delivery could have ended by one that is not among them.
      const row = await findOwn(database, found.id, caller);
      const [attempts, event] = await Promise.all([
        attemptsOfDelivery(database.pool, found.id),
        findDeliveredEvent(database.pool, found.id),
      ]);
      const shown = attempts.map((attempt) => presentDeliveryAttempt(attempt, event));
      return { status: 200, body: { data: { ...presentDelivery(row, live), attempts: shown } } };
    },
  });
}

function listRoute({ database }: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/deliveries',
    tag,
    summary: 'List deliveries',
    description: 'Those of the repositories that the caller manages, the newest first; an operator sees all.',
    scopes: ['read:repo_hook', 'operator'],
    query: deliveriesQuery,
    replies: {
      200: { description: 'A page', schema: pageOf(delivery) },
      ...errorReplies(400, 401, 403, 422),
    },
    handle: async ({ query, caller }) => {
      const limit = query.limit ?? pageLimits.standard;
      const [owner = null, repository = null] = query.repository?.split('/') ?? [];
      const rows = await listDeliveries(database.pool, {
        username: hasScope(caller, ['operator']) ? null : caller.username,
        webhookId: query.webhookId ?? null,
        eventId: query.eventId ?? null,
        event: query.event ?? null,
        state: query.state ?? null,
        owner,
        repository,
        since: query.since ?? null,
        until: query.until ?? null,
        before: fromCursor(query.cursor),
        limit: limit + 1,
      });
      const page = toPage(rows, limit);
      return {
        status: 200,
        body: { data: page.rows.map((row) => presentDelivery(row, undefined)), nextCursor: page.nextCursor },
      };
    },
  });
}
