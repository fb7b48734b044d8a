/** Deliveries across hooks: lists by filter, and one with its attempts and its live state. */
import { attemptsOfDelivery } from '#db/queries/attempts.ts';
import { findDelivery, listDeliveries, type DeliveryRow } from '#db/queries/deliveries.ts';
import { findPayload } from '#db/queries/find-payload.ts';
import { hasScope, managesRepository, type Caller } from '#domain/access.ts';
import { isSettled, type DeliveryState } from '#domain/delivery.ts';
import { isUuid } from '#domain/ids.ts';
import { pageLimits } from '#domain/limits.ts';
import { Refusal } from '#domain/refusals.ts';
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
export function deliveryRoutes({ database, dispatcher }: ApiDependencies): readonly AnyRoute[] {
  const { pool } = database;

  const find = async (id: string, caller: Caller): Promise<DeliveryRow> => {
    const row = isUuid(id) ? await findDelivery(pool, id) : undefined;
    if (row === undefined || !(hasScope(caller, ['operator']) || managesRepository(caller.username, row))) {
      throw new Refusal('not_found', 'Delivery not found');
    }
    return row;
  };

  const askLive = async (row: DeliveryRow): Promise<LiveDelivery | undefined> => {
    if (isSettled(row.state as DeliveryState) || !row.started) return undefined;
    try {
      return await dispatcher.askState(row, liveDeadlineMs);
    } catch {
      return undefined;
    }
  };

  const read = defineRoute({
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
    load: ({ id }, caller) => find(id, caller),
    handle: async ({ loaded: row }) => {
      const [live, attempts, payload] = await Promise.all([
        askLive(row),
        attemptsOfDelivery(pool, row.id),
        findPayload(pool, row.eventId),
      ]);
      const shown = attempts.map((attempt) => presentDeliveryAttempt(attempt, payload));
      return { status: 200, body: { data: { ...presentDelivery(row, live), attempts: shown } } };
    },
  });

  const list = defineRoute({
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
      const rows = await listDeliveries(pool, {
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

  return [list, read];
}
