/**
 * Makes and changes hooks as GitHub's clients ask for it: by service and `config`. The rules of the hook itself are in
 * hooks.ts; here is only what this dialect says differently.
 */
import { randomUUIDv7 } from 'node:crypto';
import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import { HookEntity, type Hook } from '#db/entities/hook.ts';
import type { Repository } from '#db/entities/repository.ts';
import { hookLimits } from '#domain/limits.ts';
import { mask } from '#domain/mask.ts';
import { unknownEvent } from '#domain/near-matches.ts';
import { refuseFields } from '#domain/refusals.ts';
import { findService, services } from '#domain/services/registry.ts';
import type { ServiceDeclaration } from '#domain/services/service.ts';
import { normaliseSubscription, subscriptionNames } from '#domain/subscriptions.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { openConfig, readConfig, serviceOf } from '../hook-config.ts';
import { checkSupported } from '../hook-rules.ts';
import { insertHook, updateHook, type HookColumns } from '../hooks.ts';

/** A hook as a client wants it made. */
export interface WantedHook {
  readonly name?: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  readonly events?: readonly string[] | undefined;
  readonly active?: boolean | undefined;
}

/** What a client wants changed of a hook. */
export interface WantedChange {
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly events?: readonly string[] | undefined;
  readonly add_events?: readonly string[] | undefined;
  readonly remove_events?: readonly string[] | undefined;
  readonly active?: boolean | undefined;
}

/** A hook that was made or changed. */
export interface Changed {
  readonly hook: Hook;
  /** True when deliveries were released and want waking. */
  readonly released: boolean;
}

const names = new Set(subscriptionNames);

/** Refuses names that no event has, and those that the service cannot carry. */
function checkEvents(service: ServiceDeclaration, events: readonly string[]): void {
  const unknown = events.filter((name) => !names.has(name));
  if (unknown.length > 0) {
    throw refuseFields(
      unknown.map((name) => ({ path: 'events', message: unknownEvent(name, subscriptionNames) })),
    );
  }
  checkSupported(service, events);
}

function requireService(name: string): ServiceDeclaration {
  const service = findService(name);
  if (service !== undefined) return service;
  const known = services.map((one) => one.name).join(', ');
  const message = `There is no service ${JSON.stringify(name.slice(0, 100))}; there are ${known}`;
  throw refuseFields([{ path: 'name', message }]);
}

/** Makes a hook. A service other than `web` is installed once in a repository: its hook, if there is one, is changed. */
export async function installHook(
  dependencies: ApiDependencies,
  repository: Repository,
  wanted: WantedHook,
): Promise<Changed> {
  const service = requireService(wanted.name ?? 'web');
  const events = wanted.events === undefined || wanted.events.length === 0 ? undefined : wanted.events;
  if (events !== undefined) checkEvents(service, events);
  const anew: WantedChange = { config: wanted.config, events, active: wanted.active ?? true };
  const installed = await findInstalled(dependencies, repository, service);
  if (installed !== undefined) return changeHookBy(dependencies, installed, anew);
  const id = randomUUIDv7();
  try {
    const hook = await insertHook(dependencies, repository, id, {
      service: service.name,
      format: 'socialgateway',
      events: [...normaliseSubscription(events ?? service.defaultEvents)],
      ...readConfig(dependencies, id, service, wanted.config),
      ...(wanted.active === undefined ? {} : { active: wanted.active }),
    });
    return { hook, released: false };
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    // Somebody has just installed the same service: this request changes that hook.
    const other = await findInstalled(dependencies, repository, service);
    if (other === undefined) throw error;
    return changeHookBy(dependencies, other, anew);
  }
}

async function findInstalled(
  { database }: ApiDependencies,
  repository: Repository,
  { name }: ServiceDeclaration,
): Promise<string | undefined> {
  if (name === 'web') return undefined;
  const hook = await database
    .fork()
    .findOne(HookEntity, { repository: repository.id, service: name, deletedAt: null, internal: false });
  return hook?.id;
}

/** Changes a hook. `config` replaces its settings whole. */
export function changeHookBy(
  dependencies: ApiDependencies,
  id: string,
  wanted: WantedChange,
): Promise<Changed> {
  return updateHook(dependencies, id, (hook) => ({
    active: wanted.active,
    columns: {
      ...(wanted.config === undefined ? {} : configColumns(dependencies, hook, wanted.config)),
      ...eventColumns(hook, wanted),
    },
  }));
}

/** Changes some settings of a hook, adds an event, turns it on, where asked to; leaves everything else as it is. */
export function mergeConfig(
  dependencies: ApiDependencies,
  id: string,
  given: Readonly<Record<string, unknown>>,
  { addedEvent, active }: { readonly addedEvent?: string; readonly active?: boolean } = {},
): Promise<Changed> {
  return updateHook(dependencies, id, (hook) => ({
    active,
    columns: {
      ...configColumns(dependencies, hook, { ...openConfig(dependencies, hook), ...given }),
      ...(addedEvent === undefined ? {} : eventColumns(hook, { add_events: [addedEvent] })),
    },
  }));
}

function configColumns(
  dependencies: ApiDependencies,
  hook: Hook,
  given: Readonly<Record<string, unknown>>,
): HookColumns {
  const previous = openConfig(dependencies, hook);
  const columns = readConfig(dependencies, hook.id, serviceOf(hook), given, previous);
  const keepsSecret = given['secret'] === mask || given['secret'] === previous['secret'];
  return keepsSecret ? columns : { ...columns, previousSecret: null, previousSecretUntil: null };
}

function eventColumns(hook: Hook, { events, add_events, remove_events }: WantedChange): HookColumns {
  if (events === undefined && add_events === undefined && remove_events === undefined) return {};
  const service = serviceOf(hook);
  checkEvents(service, [...(events ?? []), ...(add_events ?? []), ...(remove_events ?? [])]);
  const removed = new Set(remove_events);
  const kept = [...(events ?? hook.events), ...(add_events ?? [])].filter((name) => !removed.has(name));
  const next = normaliseSubscription(kept);
  if (next.length === 0) {
    throw refuseFields([{ path: 'events', message: 'A hook must listen to at least one event' }]);
  }
  if (next.length > hookLimits.events) {
    throw refuseFields([{ path: 'events', message: `A hook may name at most ${hookLimits.events} events` }]);
  }
  return { events: [...next] };
}
