/** What a hook is asked to do by hand, in the shape of GitHub's hooks API: a ping, a test. */
import { latestEvent } from '#db/queries/events.ts';
import { makeDelivery } from '#db/queries/make-delivery.ts';
import { findEvent } from '#domain/events.ts';
import { namesReachedBy } from '#domain/subscriptions.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { pingHook } from '../ping.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { findNumberedHook } from './find-hook.ts';
import { gitHubHooksPath, gitHubTag, reading, writing } from './common.ts';
import { gitHubErrors, hookParams } from './schemas.ts';

const path = gitHubHooksPath;
const tag = gitHubTag;

/** The routes. */
export function gitHubHookActRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  return [pingRoute(dependencies), testRoute(dependencies, 'tests'), testRoute(dependencies, 'test')];
}

function pingRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'post',
    path: `${path}/:hook_id/pings`,
    tag,
    summary: 'Ping a hook',
    description: 'A delivery that is no event, tried once. E-mail and IRC hooks are not pinged.',
    scopes: reading,
    params: hookParams,
    replies: { 204: { description: 'Under way' }, ...gitHubErrors(401, 403, 404) },
    load: (params, caller) => findNumberedHook(dependencies, params, caller),
    handle: async ({ loaded: { hook, repository }, caller, origin }) => {
      await pingHook(dependencies, hook, { repository, origin, username: caller.username });
      return { status: 204 };
    },
  });
}

function testRoute(dependencies: ApiDependencies, word: 'test' | 'tests'): AnyRoute {
  const { database, announceWaiting } = dependencies;
  return defineRoute({
    method: 'post',
    path: `${path}/:hook_id/${word}`,
    tag,
    summary: 'Send the latest push to a hook',
    description: 'Nothing is sent when the hook does not listen to `push`, or there was none.',
    scopes: writing,
    params: hookParams,
    replies: { 204: { description: 'Under way, or nothing to send' }, ...gitHubErrors(401, 403, 404) },
    load: (params, caller) => findNumberedHook(dependencies, params, caller),
    handle: async ({ loaded: { hook, repository } }) => {
      const push = findEvent('push');
      if (push === undefined || !namesReachedBy(push).some((name) => hook.events.includes(name))) {
        return { status: 204 };
      }
      const event = await latestEvent(database.pool, repository.id, push.type);
      if (event === undefined) return { status: 204 };
      const made = { hookId: hook.id, eventType: push.type, eventId: event.id, payload: undefined };
      if ((await makeDelivery(database.pool, made)) !== undefined) announceWaiting();
      return { status: 204 };
    },
  });
}
