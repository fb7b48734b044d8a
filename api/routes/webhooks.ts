/** Hooks in Sigmagit's shape: create, list, read, change, delete, rotate the secret. */
import { z } from 'zod';
import { defaultSubscription } from '#domain/events.ts';
import { standardKey, standardSecret } from '#domain/signatures.ts';
import type { ApiDependencies } from '../dependencies.ts';
import {
  changeHook,
  createHook,
  deleteHook,
  findManagedHook,
  findManagedRepository,
  listHooks,
  publicRepositoryId,
  type OwnedHook,
} from '../hooks.ts';
import { shownSettings, shownUrl } from '../hook-config.ts';
import { headerNames, rotateSecret } from '../hook-secrets.ts';
import { presentWebhook } from '../presenters/webhook.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { dataOf, errorReplies, idParams, repositoryParams } from '../schemas/common.ts';
import { tryExpressions } from '../try-expressions.ts';
import {
  createWebhookBody,
  patchWebhookBody,
  rotatedSecret,
  rotateSecretBody,
  webhook,
  webhookWithSecret,
} from '../schemas/webhooks.ts';

const tag = 'Webhooks';

/** The shape that Standard Webhooks libraries want a secret in. */
function toStandardSecret(secret: string): string {
  const { text, encoding } = standardKey(secret);
  return standardSecret(Buffer.from(text, encoding).toString('base64'));
}

/** The routes. */
export function webhookRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  return [createRoute, listRoute, readRoute, changeRoute, removeRoute, rotateRoute].map((route) =>
    route(dependencies),
  );
}

/** A hook of a repository as the routes show it. */
export function presentOwnedHook(dependencies: ApiDependencies, { hook, repository }: OwnedHook) {
  return presentWebhook(hook, {
    repositoryId: publicRepositoryId(repository),
    url: shownUrl(dependencies, hook),
    settings: shownSettings(dependencies, hook),
    headerNames: headerNames(dependencies, hook),
  });
}

function createRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/repositories/:owner/:repo/webhooks',
    tag,
    summary: 'Create a webhook',
    description:
      'The secret is in this reply only. Without `events` it gets issues.opened, pull_request.opened and push.',
    scopes: ['write:repo_hook'],
    params: repositoryParams,
    body: { kind: 'json', schema: createWebhookBody },
    replies: {
      201: {
        description: 'Created',
        schema: dataOf(webhookWithSecret),
        headers: z.object({ Location: z.string() }),
      },
      ...errorReplies(400, 401, 403, 404, 409, 413, 415, 422),
    },
    load: ({ owner, repo }, caller) => findManagedRepository(dependencies, owner, repo, caller),
    handle: async ({ body, loaded: repository }) => {
      await tryExpressions(dependencies.expressions, {
        ...body,
        format: body.format ?? 'sigmagit',
        events: body.events ?? defaultSubscription,
      });
      const { hook, secret } = await createHook(dependencies, repository, body);
      return {
        status: 201,
        headers: { Location: `/api/webhooks/${hook.id}` },
        body: {
          data: {
            ...presentOwnedHook(dependencies, { hook, repository }),
            secret,
            standardSecret: toStandardSecret(secret),
          },
        },
      };
    },
  });
}

function listRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/repositories/:owner/:repo/webhooks',
    tag,
    summary: 'List the webhooks of a repository',
    scopes: ['read:repo_hook'],
    params: repositoryParams,
    replies: {
      200: {
        description: 'All of them, in the order in which they were made',
        schema: dataOf(z.array(webhook)),
      },
      ...errorReplies(401, 403, 404),
    },
    load: ({ owner, repo }, caller) => findManagedRepository(dependencies, owner, repo, caller),
    handle: async ({ loaded: repository }) => {
      const hooks = await listHooks(dependencies, repository);
      return {
        status: 200,
        body: { data: hooks.map((hook) => presentOwnedHook(dependencies, { hook, repository })) },
      };
    },
  });
}

function readRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/webhooks/:id',
    tag,
    summary: 'Read a webhook',
    scopes: ['read:repo_hook'],
    params: idParams,
    replies: { 200: { description: 'The webhook', schema: dataOf(webhook) }, ...errorReplies(401, 403, 404) },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: ({ loaded }) => ({ status: 200, body: { data: presentOwnedHook(dependencies, loaded) } }),
  });
}

function changeRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'patch',
    path: '/api/webhooks/:id',
    tag,
    summary: 'Change a webhook',
    description:
      '`active: true` on a disabled webhook enables it again: failures are forgotten, held deliveries go out.',
    scopes: ['write:repo_hook'],
    params: idParams,
    body: { kind: 'json', schema: patchWebhookBody },
    replies: {
      200: { description: 'The webhook as it is now', schema: dataOf(webhook) },
      ...errorReplies(400, 401, 403, 404, 413, 415, 422),
    },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: async ({ body, loaded: { hook, repository } }) => {
      const { filter = hook.filter, template = hook.template } = body;
      const { format = hook.format, events = hook.events } = body;
      await tryExpressions(dependencies.expressions, { filter, template, format, events });
      const changed = await changeHook(dependencies, hook.id, body);
      if (changed.released) dependencies.wakeHook(hook.id);
      if (changed.moved.length > 0) dependencies.refreshRuns(changed.moved);
      return {
        status: 200,
        body: { data: presentOwnedHook(dependencies, { hook: changed.hook, repository }) },
      };
    },
  });
}

function removeRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'delete',
    path: '/api/webhooks/:id',
    tag,
    summary: 'Delete a webhook',
    description: 'Unfinished deliveries are cancelled and never sent.',
    scopes: ['admin:repo_hook'],
    params: idParams,
    replies: {
      200: { description: 'Deleted', schema: z.object({ success: z.literal(true) }) },
      ...errorReplies(401, 403, 404),
    },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: async ({ loaded: { hook } }) => {
      dependencies.cancelRuns(await deleteHook(dependencies, hook.id));
      return { status: 200, body: { success: true } };
    },
  });
}

function rotateRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/webhooks/:id/rotate-secret',
    tag,
    summary: 'Give a webhook a fresh secret',
    description: 'Until the overlap ends requests carry signatures made with both secrets.',
    scopes: ['write:repo_hook'],
    params: idParams,
    body: { kind: 'json', schema: rotateSecretBody, optional: true },
    replies: {
      200: { description: 'The new secret, this once', schema: dataOf(rotatedSecret) },
      ...errorReplies(400, 401, 403, 404, 409, 413, 415, 422),
    },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: async ({ body, loaded: { hook } }) => {
      const rotated = await rotateSecret(dependencies, hook.id, body.overlapHours);
      return {
        status: 200,
        body: { data: { ...rotated, standardSecret: toStandardSecret(rotated.secret) } },
      };
    },
  });
}
