/** How a hook has fared: its attempts and their statistics, in Sigmagit's shape. */
import { attemptsOfHook, countAttempts } from '#db/queries/attempts.ts';
import { pageLimits } from '#domain/limits.ts';
import { fromCursor, toPage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { findManagedHook } from '../hooks.ts';
import { presentHookAttempt } from '../presenters/attempt.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { dataOf, errorReplies, idParams, pageOf } from '../schemas/common.ts';
import { attemptsQuery, hookAttempt, webhookStats } from '../schemas/webhooks.ts';

const tag = 'Webhooks';

/** The routes. */
export function webhookHistoryRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  const { pool } = dependencies.database;

  const deliveries = defineRoute({
    method: 'get',
    path: '/api/webhooks/:id/deliveries',
    tag,
    summary: "List a webhook's attempts",
    description: 'One row for each attempt, the newest first.',
    scopes: ['read:repo_hook'],
    params: idParams,
    query: attemptsQuery,
    replies: {
      200: { description: 'A page', schema: pageOf(hookAttempt) },
      ...errorReplies(400, 401, 403, 404, 422),
    },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: async ({ query, loaded: { hook } }) => {
      const limit = query.limit ?? pageLimits.standard;
      const rows = await attemptsOfHook(pool, {
        hookId: hook.id,
        event: query.event ?? null,
        outcome: query.outcome ?? null,
        since: query.since ?? null,
        until: query.until ?? null,
        before: fromCursor(query.cursor),
        limit: limit + 1,
      });
      const page = toPage(rows, limit);
      return { status: 200, body: { data: page.rows.map(presentHookAttempt), nextCursor: page.nextCursor } };
    },
  });

  const stats = defineRoute({
    method: 'get',
    path: '/api/webhooks/:id/stats',
    tag,
    summary: "Count a webhook's attempts",
    description: 'An attempt that got no answer counts as failed.',
    scopes: ['read:repo_hook'],
    params: idParams,
    replies: {
      200: { description: 'The counts', schema: dataOf(webhookStats) },
      ...errorReplies(401, 403, 404),
    },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: async ({ loaded: { hook } }) => {
      const { total, success } = await countAttempts(pool, hook.id);
      const successRate = total === 0 ? 0 : Math.round((success / total) * 10_000) / 100;
      return { status: 200, body: { data: { total, success, failed: total - success, successRate } } };
    },
  });

  return [deliveries, stats];
}
