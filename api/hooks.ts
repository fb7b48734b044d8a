/**
 * Makes, changes and finds hooks, whichever dialect asks. Knows no HTTP.
 * A secret leaves here only in the answer to the act that made the hook.
 */
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { HookEntity, type Hook } from '#db/entities/hook.ts';
import { RepositoryEntity, type Repository } from '#db/entities/repository.ts';
import { rescheduleDeliveries } from '#db/queries/reschedule-deliveries.ts';
import { formLineAnew } from '#db/queries/hook-line.ts';
import {
  cancelDeliveriesOfHooks,
  holdDeliveriesOfHook,
  releaseDeliveriesOfHook,
} from '#db/queries/switch-hook.ts';
import type { Database } from '#db/orm.ts';
import { executorOf } from '#db/query.ts';
import { managesRepository, type Caller } from '#domain/access.ts';
import { defaultSubscription } from '#domain/events.ts';
import { isUuid } from '#domain/ids.ts';
import { hookLimits } from '#domain/limits.ts';
import { Refusal, refuseFields } from '#domain/refusals.ts';
import { isSameSchedule } from '#domain/schedule.ts';
import { hookHeadersContext, hookSecretContext } from '#domain/secret-contexts.ts';
import { normaliseSubscription } from '#domain/subscriptions.ts';
import type { DeliveryRun } from '#dispatch/dispatcher.ts';
import { isStorableText } from '#intake/storable-text.ts';
import type { ApiDependencies } from './dependencies.ts';
import { checkTarget, serviceOf } from './hook-config.ts';
import { checkSupported, refuseForeign } from './hook-rules.ts';
import type { WebhookSettings } from './schemas/webhooks.ts';

/** What the functions on hooks need. */
export type HookDependencies = Pick<
  ApiDependencies,
  'database' | 'secrets' | 'guard' | 'httpsOnly' | 'holdDays' | 'sendsMail'
>;

/** A hook together with the repository it belongs to. */
export interface OwnedHook {
  readonly hook: Hook;
  readonly repository: Repository;
}

/** The id that callers know a repository by: the platform's own where it gave one. */
export function publicRepositoryId(repository: Repository): string {
  return repository.externalId ?? repository.id;
}

/** Finds a repository by its name, or null. A name that the database cannot hold is nobody's. */
export async function findRepository(
  database: Database,
  owner: string,
  name: string,
): Promise<Repository | null> {
  if (!isStorableText(owner) || !isStorableText(name)) return null;
  return database.fork().findOne(RepositoryEntity, { owner, name });
}

/** Finds a repository that the caller manages; 404 when there is none or it is not theirs. */
export async function findManagedRepository(
  { database }: HookDependencies,
  owner: string,
  name: string,
  caller: Caller,
): Promise<Repository> {
  const repository = await findRepository(database, owner, name);
  if (repository === null || !managesRepository(caller.username, repository)) {
    throw new Refusal('not_found', 'Repository not found or unauthorized');
  }
  return repository;
}

/** Finds a hook that the caller manages; 404 when there is none, 403 when it is somebody else's. */
export async function findManagedHook(
  { database }: HookDependencies,
  id: string,
  caller: Caller,
): Promise<OwnedHook> {
  const hook = isUuid(id)
    ? await database
        .fork()
        .findOne(HookEntity, { id, deletedAt: null, internal: false }, { populate: ['repository'] })
    : null;
  if (hook === null) throw new Refusal('not_found', 'Webhook not found');
  const repository = hook.repository as Repository;
  if (!managesRepository(caller.username, repository)) throw new Refusal('not_yours', 'Unauthorized');
  return { hook, repository };
}

/** The hooks of a repository in the order in which they were made. */
export async function listHooks(
  { database }: HookDependencies,
  repository: Repository,
): Promise<readonly Hook[]> {
  const hooks = await database
    .fork()
    .find(
      HookEntity,
      { repository: repository.id, deletedAt: null, internal: false },
      { orderBy: { number: 'asc' }, limit: hookLimits.perRepository },
    );
  return hooks;
}

/** What is set of a hook at its creation, or changed afterwards; what is left out is left alone. */
export type HookColumns = Partial<
  Omit<Hook, 'id' | 'number' | 'repository' | 'createdAt' | 'updatedAt' | 'deletedAt'>
>;

/**
 * Keeps a new hook.
 *
 * @param id made by the caller, because what is sealed for a hook is bound to its id
 */
export async function insertHook(
  { database }: HookDependencies,
  repository: Repository,
  id: string,
  columns: HookColumns & Pick<Hook, 'events'>,
): Promise<Hook> {
  await database.fork().transactional(async (em) => {
    const locked = await em.findOne(RepositoryEntity, repository.id, {
      lockMode: LockMode.PESSIMISTIC_WRITE,
    });
    if (locked === null) throw new Refusal('not_found', 'Repository not found or unauthorized');
    const count = await em.count(HookEntity, { repository: repository.id, deletedAt: null, internal: false });
    if (count >= hookLimits.perRepository) {
      throw new Refusal('conflict', `A repository may have at most ${hookLimits.perRepository} webhooks`);
    }
    em.create(HookEntity, { ...columns, id, repository: locked });
  });
  return database.fork().findOneOrFail(HookEntity, id);
}

/** Makes a web hook with a fresh secret, which is answered this once. */
export async function createHook(
  dependencies: HookDependencies,
  repository: Repository,
  { url, events, active, ...settings }: WebhookSettings & { readonly url: string },
): Promise<{ readonly hook: Hook; readonly secret: string }> {
  const id = randomUUIDv7();
  const secret = randomBytes(32).toString('hex');
  const hook = await insertHook(dependencies, repository, id, {
    url: checkTarget(dependencies, url, 'url'),
    settings: { content_type: 'json' },
    events: [...normaliseSubscription(events ?? defaultSubscription)],
    secret: dependencies.secrets.seal(secret, hookSecretContext(id)),
    ...columnsOf(dependencies, id, settings),
    ...(active === undefined ? {} : { active }),
  });
  return { hook, secret };
}

/** A change of a hook: its columns, and whether it is on, which has consequences of its own. */
export interface HookChange {
  readonly columns: HookColumns;
  readonly active?: boolean | undefined;
}

/** A hook that was changed. */
export interface ChangedHook {
  readonly hook: Hook;
  readonly released: boolean;
  readonly moved: readonly DeliveryRun[];
}

/**
 * Changes a hook. Turning it off holds what waits; turning it on forgets its failures and makes what was held due; another
 * schedule moves what waits.
 *
 * @param decide what to change of the hook as it is
 * @returns the hook, whether deliveries were released and want waking, and those that were moved and whose workflows want
 * telling
 */
export async function updateHook(
  dependencies: HookDependencies,
  id: string,
  decide: (hook: Hook) => HookChange,
): Promise<ChangedHook> {
  return dependencies.database.fork().transactional(async (em) => {
    const hook = await lockHook(em, id);
    const { columns, active } = decide(hook);
    const before = hook.schedule;
    em.assign(hook, columns);
    const released = active === true && !hook.active;
    if (released)
      Object.assign(hook, { active: true, failureCount: 0, disabledAt: null, disabledReason: null });
    const turnedOff = active === false && hook.active;
    if (turnedOff) Object.assign(hook, { active: false, drainingSince: null, drainRate: null });
    await em.flush();
    if (released && !isPaused(hook)) await releaseDeliveriesOfHook(executorOf(em), id);
    if ('rateLimitPerSecond' in columns || 'maxInFlight' in columns) await formLineAnew(executorOf(em), id);
    if (turnedOff) await holdDeliveriesOfHook(executorOf(em), id, dependencies.holdDays);
    const moved = isSameSchedule(before, hook.schedule) ? [] : await rescheduleDeliveries(executorOf(em), id);
    return { hook, released, moved };
  });
}

/** True while a hook's deliveries are kept back by its owner's word. */
function isPaused({ pausedAt }: Hook): boolean {
  return pausedAt !== null && pausedAt !== undefined;
}

/** Changes what an owner says in the settings of a hook. */
export function changeHook(
  dependencies: HookDependencies,
  id: string,
  { url, events, active, ...settings }: WebhookSettings,
): Promise<ChangedHook> {
  return updateHook(dependencies, id, (hook) => {
    refuseForeign(hook, settings);
    if (url !== undefined && hook.service !== 'web') {
      throw refuseFields([
        { path: 'url', message: `A hook of the service ${hook.service} has no URL of its own` },
      ]);
    }
    if (events !== undefined) checkSupported(serviceOf(hook), events);
    return {
      active,
      columns: {
        ...(url === undefined ? {} : { url: checkTarget(dependencies, url, 'url') }),
        ...(events === undefined ? {} : { events: [...normaliseSubscription(events)] }),
        ...columnsOf(dependencies, id, settings),
      },
    };
  });
}

/** Deletes a hook and cancels what is unfinished; answers the deliveries whose workflows are to be told. */
export async function deleteHook(
  { database }: HookDependencies,
  id: string,
): Promise<readonly DeliveryRun[]> {
  return database.fork().transactional(async (em) => {
    const hook = await lockHook(em, id);
    Object.assign(hook, {
      active: false,
      deletedAt: new Date(),
      secret: null,
      previousSecret: null,
      secretSettings: null,
      headers: null,
    });
    await em.flush();
    return cancelDeliveriesOfHooks(executorOf(em), [id]);
  });
}

/** A hook, locked until the transaction has ended; 404 when it is gone. */
export async function lockHook(em: EntityManager, id: string) {
  const hook = await em.findOne(
    HookEntity,
    { id, deletedAt: null, internal: false },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (hook === null) throw new Refusal('not_found', 'Webhook not found');
  return hook;
}

/** The columns that settings change; what is not given is left alone. */
function columnsOf(
  { secrets }: HookDependencies,
  id: string,
  settings: Omit<WebhookSettings, 'url' | 'events' | 'active'>,
) {
  const { headers, ...plain } = settings;
  const given = Object.entries(plain).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(given) as HookColumns),
    ...(headers === undefined
      ? {}
      : { headers: headers === null ? null : secrets.seal(JSON.stringify(headers), hookHeadersContext(id)) }),
  };
}
