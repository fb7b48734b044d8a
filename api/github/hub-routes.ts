/**
 * PubSubHubbub: subscribes receivers to events by topic. Idempotent: who subscribes twice has one hook, and who leaves
 * what he never joined is told the same as who did.
 */
import pLimit from 'p-limit';
import type { Hook } from '#db/entities/hook.ts';
import type { Repository } from '#db/entities/repository.ts';
import { withLock } from '#db/lock.ts';
import { hasScope, type Caller } from '#domain/access.ts';
import { Refusal, refuseFields } from '#domain/refusals.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { checkTarget } from '../hook-config.ts';
import { deleteHook, findManagedRepository, listHooks } from '../hooks.ts';
import { pingHook } from '../ping.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { deleting, gitHubTag, writing } from './common.ts';
import { changeHookBy, installHook, mergeConfig } from './hook-changes.ts';
import { gitHubErrors, hubForm } from './schemas.ts';

/** A topic: whose events, and whether they come as JSON. */
interface Topic {
  readonly owner: string;
  readonly repo: string;
  readonly event: string;
  readonly isJson: boolean;
}

/** A callback: the service that sends, and its settings. */
interface Callback {
  readonly service: string;
  readonly config: Readonly<Record<string, string>>;
}

function refuse(field: string, message: string): Error {
  return refuseFields([{ path: field, message }]);
}

function readTopic(text: string): Topic {
  const path = URL.canParse(text) ? new URL(text).pathname : text.split('?')[0];
  const match = /\/([^/]+)\/([^/]+)\/events\/([^/]+?)(\.json)?$/.exec(path ?? '');
  if (match === null)
    throw refuse('hub.topic', 'must end with /owner/repo/events/event, or the same with .json');
  const [, owner = '', repo = '', event = '', json] = match;
  try {
    return {
      owner: decodeURIComponent(owner),
      repo: decodeURIComponent(repo),
      event: decodeURIComponent(event),
      isJson: json !== undefined,
    };
  } catch {
    throw refuse('hub.topic', 'is not well encoded');
  }
}

function readCallback(text: string, { isJson }: Topic, secret: string | undefined): Callback {
  if (!URL.canParse(text)) throw refuse('hub.callback', 'must be an http(s):// or github:// address');
  const url = new URL(text);
  const signed = secret === undefined ? {} : { secret };
  if (url.protocol === 'github:') {
    // It is a key to sign with, and no service but web signs anything.
    const own = url.host === 'web' ? signed : {};
    return { service: url.host, config: { ...own, ...Object.fromEntries(url.searchParams) } };
  }
  // A topic without .json says nothing of how a hook that is there already sends.
  return { service: 'web', config: { url: text, ...(isJson ? { content_type: 'json' } : {}), ...signed } };
}

/** The route. */
export function hubRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  const oneAtATime = pLimit(1);
  const route = defineRoute({
    method: 'post',
    path: '/hub',
    tag: gitHubTag,
    summary: 'Subscribe a receiver to an event, or end that',
    scopes: writing,
    body: { kind: 'form', schema: hubForm },
    replies: { 204: { description: 'Done' }, ...gitHubErrors(400, 401, 403, 404, 409, 413, 415, 422) },
    handle: async ({ body, caller, origin }) => {
      const topic = readTopic(body['hub.topic']);
      const callback = readCallback(body['hub.callback'], topic, body['hub.secret']);
      const repository = await findManagedRepository(dependencies, topic.owner, topic.repo, caller);
      // Whether there is a hook is asked before one is made: who asks at the same moment must wait.
      await oneAtATime(() =>
        withLock(dependencies.database.pool, `hub/${repository.id}`, () =>
          body['hub.mode'] === 'unsubscribe'
            ? unsubscribe(dependencies, repository, callback, topic, caller)
            : subscribe(dependencies, { repository, callback, topic, origin, username: caller.username }),
        ),
      );
      return { status: 204 };
    },
  });
  return [route];
}

interface Subscription {
  readonly repository: Repository;
  readonly callback: Callback;
  readonly topic: Topic;
  readonly origin: string;
  readonly username: string;
}

async function subscribe(
  dependencies: ApiDependencies,
  { repository, callback, topic, origin, username }: Subscription,
): Promise<void> {
  const existing = await findExisting(dependencies, repository, callback);
  if (existing !== undefined) {
    const { hook, released } = await mergeConfig(dependencies, existing.id, callback.config, {
      addedEvent: topic.event,
      active: true,
    });
    if (released) dependencies.wakeHook(hook.id);
    return;
  }
  const { hook } = await installHook(dependencies, repository, {
    name: callback.service,
    config: callback.config,
    events: [topic.event],
  });
  await pingHook(dependencies, hook, { repository, origin, username });
}

/** The hook that a callback has already: of its service, and for `web` with the same address. */
async function findExisting(
  dependencies: ApiDependencies,
  repository: Repository,
  { service, config }: Callback,
): Promise<Hook | undefined> {
  const url = service === 'web' ? checkTarget(dependencies, config['url'] ?? '', 'hub.callback') : null;
  const hooks = await listHooks(dependencies, repository);
  return hooks.find((hook) => hook.service === service && (hook.url ?? null) === url);
}

async function unsubscribe(
  dependencies: ApiDependencies,
  repository: Repository,
  callback: Callback,
  { event }: Topic,
  caller: Caller,
): Promise<void> {
  const hook = await findExisting(dependencies, repository, callback);
  if (hook === undefined || !hook.events.includes(event)) return;
  if (hook.events.length > 1) {
    await changeHookBy(dependencies, hook.id, { remove_events: [event] });
    return;
  }
  // With its last event the hook goes, and deleting one takes the scope that it always takes.
  if (!hasScope(caller, deleting)) throw new Refusal('insufficient_scope', 'Insufficient scope');
  dependencies.cancelRuns(await deleteHook(dependencies, hook.id));
}
