/** Hooks in the shape of GitHub's hooks API: list, create, read, change, delete. */
import { z } from 'zod';
import { lastResponses } from '#db/queries/last-responses.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { shownConfig } from '../hook-config.ts';
import { deleteHook, findManagedRepository, listHooks, type OwnedHook } from '../hooks.ts';
import { pingHook } from '../ping.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { repositoryParams } from '../schemas/common.ts';
import { deleting, gitHubHooksPath, gitHubPage, gitHubTag, reading, writing } from './common.ts';
import { findNumberedHook } from './find-hook.ts';
import { changeHookBy, installHook, type Changed } from './hook-changes.ts';
import { linkHeaders, numberedNeighbours } from './links.ts';
import { hookAddress, presentHook, repositoryAddress } from './present.ts';
import {
  createHookBody,
  gitHubErrors,
  gitHubHook,
  hookParams,
  linkHeader,
  pageQuery,
  updateHookBody,
} from './schemas.ts';

const tag = gitHubTag;
const path = gitHubHooksPath;

/** The routes. */
export function gitHubHookRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  return [listRoute, createRoute, readRoute, changeRoute, removeRoute].map((route) => route(dependencies));
}

async function present(dependencies: ApiDependencies, origin: string, owned: readonly OwnedHook[]) {
  const last = await lastResponses(
    dependencies.database.pool,
    owned.map(({ hook }) => hook.id),
  );
  return owned.map(({ hook, repository: { owner, name } }) =>
    presentHook(hook, { origin, owner, repo: name }, shownConfig(dependencies, hook), last.get(hook.id)),
  );
}

function wake(dependencies: ApiDependencies, { hook, released }: Changed): void {
  if (released) dependencies.wakeHook(hook.id);
}

function listRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path,
    tag,
    summary: 'List the hooks of a repository',
    scopes: reading,
    params: repositoryParams,
    query: pageQuery,
    replies: {
      200: {
        description: 'A page, in the order in which they were made',
        schema: z.array(gitHubHook),
        headers: linkHeader,
      },
      ...gitHubErrors(401, 403, 404, 422),
    },
    load: ({ owner, repo }, caller) => findManagedRepository(dependencies, owner, repo, caller),
    handle: async ({ query, loaded: repository, origin }) => {
      const { page = 1, per_page: perPage = gitHubPage } = query;
      const hooks = await listHooks(dependencies, repository);
      const shown = hooks.slice((page - 1) * perPage, page * perPage);
      const owned = shown.map((hook) => ({ hook, repository }));
      const place = { origin, owner: repository.owner, repo: repository.name };
      const address = `${repositoryAddress(place)}/hooks`;
      return {
        status: 200,
        headers: linkHeaders(address, numberedNeighbours(page, perPage, hooks.length)),
        body: await present(dependencies, origin, owned),
      };
    },
  });
}

function createRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'post',
    path,
    tag,
    summary: 'Create a hook',
    description:
      'A service other than `web` is installed once: a second time changes the hook there is. The hook is pinged.',
    scopes: writing,
    params: repositoryParams,
    body: { kind: 'json', schema: createHookBody },
    replies: {
      201: {
        description: 'Created, or changed where the service was installed already',
        schema: gitHubHook,
        headers: z.object({ Location: z.string() }),
      },
      ...gitHubErrors(400, 401, 403, 404, 409, 413, 415, 422),
    },
    load: ({ owner, repo }, caller) => findManagedRepository(dependencies, owner, repo, caller),
    handle: async ({ body, loaded: repository, caller, origin }) => {
      const changed = await installHook(dependencies, repository, body);
      const { hook } = changed;
      wake(dependencies, changed);
      const [shown] = await present(dependencies, origin, [{ hook, repository }]);
      await pingHook(dependencies, hook, { repository, origin, username: caller.username });
      const place = { origin, owner: repository.owner, repo: repository.name };
      return {
        status: 201,
        headers: { Location: hookAddress(place, String(hook.number)) },
        body: shown,
      };
    },
  });
}

function readRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: `${path}/:hook_id`,
    tag,
    summary: 'Read a hook',
    scopes: reading,
    params: hookParams,
    replies: { 200: { description: 'The hook', schema: gitHubHook }, ...gitHubErrors(401, 403, 404) },
    load: (params, caller) => findNumberedHook(dependencies, params, caller),
    handle: async ({ loaded, origin }) => {
      const [shown] = await present(dependencies, origin, [loaded]);
      return { status: 200, body: shown };
    },
  });
}

function changeRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'patch',
    path: `${path}/:hook_id`,
    tag,
    summary: 'Change a hook',
    description: '`config` replaces all settings; a password that reads `********` stays as it is.',
    scopes: writing,
    params: hookParams,
    body: { kind: 'json', schema: updateHookBody },
    replies: {
      200: { description: 'The hook as it is now', schema: gitHubHook },
      ...gitHubErrors(400, 401, 403, 404, 413, 415, 422),
    },
    load: (params, caller) => findNumberedHook(dependencies, params, caller),
    handle: async ({ body, loaded: { hook, repository }, origin }) => {
      const changed = await changeHookBy(dependencies, hook.id, body);
      wake(dependencies, changed);
      const [shown] = await present(dependencies, origin, [{ hook: changed.hook, repository }]);
      return { status: 200, body: shown };
    },
  });
}

function removeRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'delete',
    path: `${path}/:hook_id`,
    tag,
    summary: 'Delete a hook',
    description: 'Unfinished deliveries are cancelled and never sent.',
    scopes: deleting,
    params: hookParams,
    replies: { 204: { description: 'Deleted' }, ...gitHubErrors(401, 403, 404) },
    load: (params, caller) => findNumberedHook(dependencies, params, caller),
    handle: async ({ loaded: { hook } }) => {
      dependencies.cancelRuns(await deleteHook(dependencies, hook.id));
      return { status: 204 };
    },
  });
}
