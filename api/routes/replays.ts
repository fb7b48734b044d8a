/** Bulk replays of a hook's deliveries: asked for, watched, paused, resumed, cancelled. */
import { z } from 'zod';
import {
  countWished,
  findReplay,
  makeReplay,
  replayItems,
  replaysOfHook,
  steerReplay,
  type ReplayRow,
  type ReplayVerb,
} from '#db/queries/replays.ts';
import type { Caller } from '#domain/access.ts';
import { eventDeclarations } from '#domain/events.ts';
import { isUuid } from '#domain/ids.ts';
import { pageLimits, replayLimits } from '#domain/limits.ts';
import { Refusal, refuseFields } from '#domain/refusals.ts';
import { anyEvent, namesReachedBy } from '#domain/subscriptions.ts';
import { fromCursor, toPage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { findManagedHook } from '../hooks.ts';
import { presentReplay } from '../presenters/replay.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { dataOf, errorReplies, idParams, pageOf } from '../schemas/common.ts';
import { createReplayBody, replay, replayItem, replayItemsQuery } from '../schemas/replays.ts';

const tag = 'Replays';

/** The routes. */
export function replayRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  return [
    createRoute(dependencies),
    listRoute(dependencies),
    readRoute(dependencies),
    itemsRoute(dependencies),
    steerRoute(
      dependencies,
      'pause',
      'Nothing more is sent until it is resumed; what is under way may finish.',
    ),
    steerRoute(dependencies, 'resume', 'It goes on where it was paused.'),
    steerRoute(dependencies, 'cancel', 'It ends at once; what was sent is sent.'),
  ];
}

/** The types of events that names mean; null for all. */
function typesOf(names: readonly string[] | undefined): readonly string[] | null {
  if (names === undefined || names.includes(anyEvent)) return null;
  return eventDeclarations
    .filter((event) => namesReachedBy(event).some((name) => names.includes(name)))
    .map(({ type }) => type);
}

/** Finds a replay of a hook that the caller manages. */
async function findOwnReplay(dependencies: ApiDependencies, id: string, caller: Caller): Promise<ReplayRow> {
  const row = isUuid(id) ? await findReplay(dependencies.database.pool, id) : undefined;
  if (row === undefined) throw new Refusal('not_found', 'Replay not found');
  await findManagedHook(dependencies, row.hookId, caller);
  return row;
}

function createRoute(dependencies: ApiDependencies): AnyRoute {
  const { pool } = dependencies.database;
  return defineRoute({
    method: 'post',
    path: '/api/webhooks/:id/replays',
    tag,
    summary: 'Send many deliveries of a webhook again',
    description:
      'In order and at a pace, each once for one replay, whether the webhook is on or not. With `dryRun` they are counted only.',
    scopes: ['write:repo_hook'],
    params: idParams,
    body: { kind: 'json', schema: createReplayBody },
    replies: {
      200: { description: 'How many it would be', schema: dataOf(replay) },
      202: { description: 'The replay, under way', schema: dataOf(replay) },
      ...errorReplies(400, 401, 403, 404, 413, 415, 422),
    },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: async ({ body, loaded: { hook }, caller: { username } }) => {
      const { since, until = new Date(), states, events, dryRun, ratePerSecond } = body;
      if (until <= since) throw refuseFields([{ path: 'until', message: 'must be after since' }]);
      const wish = { hookId: hook.id, since, until, states, eventTypes: typesOf(events) };
      if (dryRun) {
        const matched = await countWished(pool, wish);
        const { hookId: webhookId, ...asked } = wish;
        return { status: 200, body: { data: { ...counted, ...asked, webhookId, matched, ratePerSecond } } };
      }
      const row = await makeReplay(pool, wish, { username, ratePerSecond });
      dependencies.runReplay(row.id);
      return { status: 202, body: { data: presentReplay(row, Date.now()) } };
    },
  });
}

/** What stays the same of all that are only counted. */
const counted = {
  id: null,
  state: 'done',
  reason: null,
  done: 0,
  failed: 0,
  skipped: 0,
  createdAt: null,
  startedAt: null,
  endedAt: null,
  etaSeconds: null,
  workflowId: null,
} as const;

function listRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/webhooks/:id/replays',
    tag,
    summary: 'List the replays of a webhook',
    scopes: ['read:repo_hook'],
    params: idParams,
    replies: {
      200: {
        description: `The latest ${replayLimits.shown}, the newest first`,
        schema: dataOf(z.array(replay)),
      },
      ...errorReplies(401, 403, 404),
    },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: async ({ loaded: { hook } }) => {
      const rows = await replaysOfHook(dependencies.database.pool, hook.id, replayLimits.shown);
      return { status: 200, body: { data: rows.map((row) => presentReplay(row, Date.now())) } };
    },
  });
}

function readRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/replays/:id',
    tag,
    summary: 'Read a replay',
    scopes: ['read:repo_hook'],
    params: idParams,
    replies: { 200: { description: 'The replay', schema: dataOf(replay) }, ...errorReplies(401, 403, 404) },
    load: ({ id }, caller) => findOwnReplay(dependencies, id, caller),
    handle: ({ loaded }) => ({ status: 200, body: { data: presentReplay(loaded, Date.now()) } }),
  });
}

function itemsRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/replays/:id/items',
    tag,
    summary: "List what became of a replay's deliveries",
    scopes: ['read:repo_hook'],
    params: idParams,
    query: replayItemsQuery,
    replies: {
      200: { description: 'A page, in the order in which they are sent', schema: pageOf(replayItem) },
      ...errorReplies(400, 401, 403, 404, 422),
    },
    load: ({ id }, caller) => findOwnReplay(dependencies, id, caller),
    handle: async ({ query, loaded: { id } }) => {
      const limit = query.limit ?? pageLimits.standard;
      const rows = await replayItems(dependencies.database.pool, id, {
        after: fromCursor(query.cursor),
        limit: limit + 1,
      });
      const page = toPage(
        rows.map((row) => ({ ...row, id: row.deliveryId })),
        limit,
      );
      const data = page.rows.map(({ deliveryId, run, result }) => ({ deliveryId, run, result }));
      return { status: 200, body: { data, nextCursor: page.nextCursor } };
    },
  });
}

function steerRoute(dependencies: ApiDependencies, verb: ReplayVerb, description: string): AnyRoute {
  return defineRoute({
    method: 'post',
    path: `/api/replays/:id/${verb}`,
    tag,
    summary: `${verb[0]?.toUpperCase()}${verb.slice(1)} a replay`,
    description: `${description} Asked for again, it changes nothing; where it has no sense, 409.`,
    scopes: ['write:repo_hook'],
    params: idParams,
    replies: {
      202: { description: 'The replay as it is now', schema: dataOf(replay) },
      ...errorReplies(401, 403, 404, 409),
    },
    load: ({ id }, caller) => findOwnReplay(dependencies, id, caller),
    handle: async ({ loaded: { id }, caller }) => {
      const steered = await steerReplay(dependencies.database.pool, id, verb);
      const row = steered ?? (await findOwnReplay(dependencies, id, caller));
      if (steered === undefined && !meant[verb].includes(row.state)) {
        throw new Refusal('conflict', `The replay cannot ${verb}: it is ${row.state}`);
      }
      if (verb === 'resume') dependencies.runReplay(id);
      return { status: 202, body: { data: presentReplay(row, Date.now()) } };
    },
  });
}

/** The states in which a replay is as it was asked to be. */
const meant: Readonly<Record<ReplayVerb, readonly string[]>> = {
  pause: ['paused'],
  resume: ['counting', 'running'],
  cancel: ['cancelled'],
};
