/**
 * Which names a hook may subscribe to, and which subscriptions an event reaches.
 * The one subscription rule of both dialects; never looks at a payload.
 */
import { eventDeclarations, eventTypes, type EventDeclaration } from './events.ts';
import { isOperational, operationalTypes } from './operational-events.ts';
import { gatewayName } from './rendering/event-name.ts';
import { services } from './services/registry.ts';
import type { ServiceDeclaration } from './services/service.ts';

/** The subscription that every event reaches, present and future; operational events do not. */
export const anyEvent = '*';

const families = new Set(
  eventDeclarations.flatMap((declaration: EventDeclaration) => declaration.family ?? []),
);

/** Every name that a hook's event list may hold. */
export const subscriptionNames: readonly string[] = [
  ...new Set([anyEvent, ...families, ...eventTypes, ...operationalTypes]),
];

/**
 * The names under which an event is looked for in hooks' event lists: its own, its family's and `*`.
 * A hook listens to the event when its list shares one name with these.
 */
export function namesReachedBy(event: EventDeclaration): readonly string[] {
  return [...new Set([event.type, ...(event.family === undefined ? [] : [event.family]), anyEvent])];
}

/** The services whose hooks an event may reach. */
export function servicesFor(event: EventDeclaration): readonly string[] {
  return services.filter((service) => carries(service, event.name)).map(({ name }) => name);
}

/** True when a service can carry events of a name. */
function carries({ supportedEvents }: ServiceDeclaration, name: string): boolean {
  return supportedEvents === 'all' || supportedEvents.includes(name);
}

/** The names among some that a service cannot carry; `*` stands for whatever it can. Web hooks alone take operational events. */
export function unsupportedBy(service: ServiceDeclaration, names: readonly string[]): readonly string[] {
  return names.filter((name) =>
    isOperational(name)
      ? service.name !== 'web'
      : name !== anyEvent && !carries(service, gatewayName(name).name),
  );
}

/** A hook's event list as it is kept: no doubles, and `*` replaces everything else but operational events. */
export function normaliseSubscription(names: readonly string[]): readonly string[] {
  const kept = names.includes(anyEvent)
    ? names.filter((name) => name === anyEvent || isOperational(name))
    : names;
  return [...new Set(kept)];
}
