/** Pausing a hook and letting it go on. Temporal need not be there: what is held waits in the database. */
import { pauseHook, resumeHook } from '#db/queries/pause-hook.ts';
import { drainLimits, hookLimits } from '#domain/limits.ts';
import { refuseFields } from '#domain/refusals.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { findManagedHook } from '../hooks.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { dataOf, errorReplies, idParams } from '../schemas/common.ts';
import { pauseBody, resumeBody, webhook } from '../schemas/webhooks.ts';
import { presentOwnedHook } from './webhooks.ts';

const tag = 'Webhooks';
const { standard } = drainLimits.ratePerSecond;

/** The routes. */
export function webhookPauseRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  return [pauseRoute(dependencies), resumeRoute(dependencies)];
}

/** Refuses an end of a pause that is over already, or too far ahead. */
function checkUntil(until: Date): void {
  const aheadMs = until.getTime() - Date.now();
  if (aheadMs > 0 && aheadMs <= hookLimits.pauseDays * 24 * 60 * 60 * 1000) return;
  const message = `must be ahead, and at most ${hookLimits.pauseDays} days: ${until.toISOString()} is not`;
  throw refuseFields([{ path: 'until', message }]);
}

function pauseRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/webhooks/:id/pause',
    tag,
    summary: 'Pause a webhook',
    description:
      'Events are still accepted: their deliveries and those that wait are held, or with `hold: false` new events are passed over. ' +
      '`active` stays as it is. Paused again, it is paused as said last; a drain under way ends.',
    scopes: ['write:repo_hook'],
    params: idParams,
    body: { kind: 'json', schema: pauseBody, optional: true },
    replies: {
      200: { description: 'The webhook as it is now', schema: dataOf(webhook) },
      ...errorReplies(400, 401, 403, 404, 413, 415, 422),
    },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: async ({ body: { hold, until }, loaded, caller }) => {
      if (until !== undefined) checkUntil(until);
      const { database, holdDays } = dependencies;
      await pauseHook(database.pool, loaded.hook.id, { until: until ?? null, holds: hold, holdDays });
      const owned = await findManagedHook(dependencies, loaded.hook.id, caller);
      return { status: 200, body: { data: presentOwnedHook(dependencies, owned) } };
    },
  });
}

function resumeRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/webhooks/:id/resume',
    tag,
    summary: 'Let a paused webhook go on',
    description:
      `What is held goes out in order, ${standard} a second unless told otherwise; what is new queues behind it. ` +
      'Resumed again while it does, it goes on at the new rate. One that is not paused is left as it is.',
    scopes: ['write:repo_hook'],
    params: idParams,
    body: { kind: 'json', schema: resumeBody, optional: true },
    replies: {
      200: { description: 'The webhook as it is now', schema: dataOf(webhook) },
      ...errorReplies(400, 401, 403, 404, 413, 415, 422),
    },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: async ({ body: { ratePerSecond }, loaded, caller }) => {
      const { id } = loaded.hook;
      await resumeHook(dependencies.database.pool, id, ratePerSecond);
      dependencies.startDrain(id);
      const owned = await findManagedHook(dependencies, id, caller);
      return { status: 200, body: { data: presentOwnedHook(dependencies, owned) } };
    },
  });
}
