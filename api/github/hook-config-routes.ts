/** The settings of web hooks alone, in the shape of GitHub's hooks API. */
import { Refusal } from '#domain/refusals.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { shownConfig } from '../hook-config.ts';
import type { OwnedHook } from '../hooks.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { findNumberedHook } from './find-hook.ts';
import { mergeConfig } from './hook-changes.ts';
import { gitHubHooksPath, gitHubTag, reading, writing } from './common.ts';
import { presentConfig } from './present.ts';
import { gitHubErrors, hookParams, shownConfigSchema, updateConfigBody } from './schemas.ts';

const path = gitHubHooksPath;
const tag = gitHubTag;

/** The routes. */
export function gitHubHookConfigRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  return [readConfigRoute(dependencies), changeConfigRoute(dependencies)];
}

/** The settings alone exist for web hooks. */
function requireWeb({ hook }: OwnedHook): void {
  if (hook.service !== 'web') throw new Refusal('not_found', 'Only web hooks have this');
}

function readConfigRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: `${path}/:hook_id/config`,
    tag,
    summary: "Read a web hook's settings",
    scopes: reading,
    params: hookParams,
    replies: {
      200: { description: 'The settings', schema: shownConfigSchema },
      ...gitHubErrors(401, 403, 404),
    },
    load: (params, caller) => findNumberedHook(dependencies, params, caller),
    handle: ({ loaded }) => {
      requireWeb(loaded);
      return { status: 200, body: presentConfig(shownConfig(dependencies, loaded.hook)) };
    },
  });
}

function changeConfigRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'patch',
    path: `${path}/:hook_id/config`,
    tag,
    summary: "Change some of a web hook's settings",
    scopes: writing,
    params: hookParams,
    body: { kind: 'json', schema: updateConfigBody },
    replies: {
      200: { description: 'The settings as they are now', schema: shownConfigSchema },
      ...gitHubErrors(400, 401, 403, 404, 413, 415, 422),
    },
    load: (params, caller) => findNumberedHook(dependencies, params, caller),
    handle: async ({ body, loaded }) => {
      requireWeb(loaded);
      const { hook } = await mergeConfig(dependencies, loaded.hook.id, body);
      return { status: 200, body: presentConfig(shownConfig(dependencies, hook)) };
    },
  });
}
