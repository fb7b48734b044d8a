/** What may be asked of one delivery: attempt now, attempt later, never again. */
import { z } from 'zod';
import type { DeliveryRow } from '#db/queries/deliveries.ts';
import type { Asker } from '#db/queries/control-delivery.ts';
import type { Scope } from '#domain/access.ts';
import { hookLimits } from '#domain/limits.ts';
import { refuseFields } from '#domain/refusals.ts';
import { attemptAgain, cancel, postpone } from '../control-deliveries.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { presentDelivery } from '../presenters/delivery.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { dataOf, errorReplies, idParams, timeInput } from '../schemas/common.ts';
import { delivery } from '../schemas/deliveries.ts';
import { findOwn } from './deliveries.ts';

const tag = 'Deliveries';
const scopes: readonly Scope[] = ['write:repo_hook', 'operator'];

const postponeBody = z.strictObject({ until: timeInput }).meta({ id: 'PostponeDelivery' });

/** The routes. */
export function deliveryControlRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  return [
    plainRoute(dependencies, {
      verb: 'retry',
      summary: 'Attempt a delivery now',
      description:
        'One that waits or is held is attempted at once, whether its hook is on or not; one that has ended gets a new run. ' +
        'Asked for several times at once, it is attempted once. A cancelled one is 409, and so is one that waits for its turn ' +
        'behind another with the same order key: the reply names that one, which is skipped by cancelling it.',
      act: attemptAgain,
    }),
    plainRoute(dependencies, {
      verb: 'cancel',
      summary: 'Cancel a delivery',
      description:
        'It is never attempted again; what waits for its turn behind it goes on. One that has ended otherwise is 409.',
      act: cancel,
    }),
    postponeRoute(dependencies),
  ];
}

interface Plain {
  readonly verb: string;
  readonly summary: string;
  readonly description: string;
  readonly act: (dependencies: ApiDependencies, id: string, asker: Asker) => Promise<DeliveryRow>;
}

function plainRoute(dependencies: ApiDependencies, { verb, summary, description, act }: Plain): AnyRoute {
  return defineRoute({
    method: 'post',
    path: `/api/deliveries/:id/${verb}`,
    tag,
    summary,
    description,
    scopes,
    params: idParams,
    replies: {
      202: { description: 'The delivery as it is now', schema: dataOf(delivery) },
      ...errorReplies(401, 403, 404, 409),
    },
    load: ({ id }, caller) => findOwn(dependencies.database, id, caller),
    handle: async ({ loaded: { id }, caller: { username }, requestId, receivedMs }) => {
      const row = await act(dependencies, id, { username, requestId, ageMs: Date.now() - receivedMs });
      return { status: 202, body: { data: presentDelivery(row, undefined) } };
    },
  });
}

function postponeRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/deliveries/:id/postpone',
    tag,
    summary: 'Move the next attempt of a delivery',
    description:
      'For one that waits for its next attempt; any other is 409. One that expires does so at its time all the same.',
    scopes,
    params: idParams,
    body: { kind: 'json', schema: postponeBody },
    replies: {
      202: { description: 'The delivery as it is now', schema: dataOf(delivery) },
      ...errorReplies(400, 401, 403, 404, 409, 413, 415, 422),
    },
    load: ({ id }, caller) => findOwn(dependencies.database, id, caller),
    handle: async ({ body: { until }, loaded: { id }, caller: { username }, requestId, receivedMs }) => {
      const aheadMs = until.getTime() - Date.now();
      if (aheadMs <= 0 || aheadMs > hookLimits.schedule.totalSeconds * 1000) {
        throw refuseFields([{ path: 'until', message: 'must be ahead, and at most 90 days' }]);
      }
      const row = await postpone(dependencies, id, until, {
        username,
        requestId,
        ageMs: Date.now() - receivedMs,
      });
      return { status: 202, body: { data: presentDelivery(row, undefined) } };
    },
  });
}
