/** Every service there is, and what the catalogue says of each. A service that is not listed here does not exist. */
import { discord } from './discord.ts';
import { email } from './email.ts';
import { githubEvents } from './event-names.ts';
import { irc } from './irc.ts';
import type { ServiceDeclaration, SettingType } from './service.ts';
import { slack } from './slack.ts';
import { web } from './web.ts';

const declared: Readonly<Record<string, ServiceDeclaration>> = {
  discord,
  email,
  irc,
  slack,
  web,
};

/** Every service, sorted by name. */
export const services: readonly ServiceDeclaration[] = Object.values(declared).toSorted((a, b) =>
  a.name < b.name ? -1 : 1,
);

const byName: ReadonlyMap<string, ServiceDeclaration> = new Map(
  services.map((service) => [service.name, service]),
);

/** The service of a name, or undefined when there is none. */
export function findService(name: string): ServiceDeclaration | undefined {
  return byName.get(name);
}

/** What `GET /hooks` tells of a service. */
export interface CatalogueEntry {
  readonly name: string;
  /** The events of a hook whose owner names none. */
  readonly events: readonly string[];
  readonly supported_events: readonly string[];
  readonly title: string;
  /** Type and name of each setting. */
  readonly schema: readonly (readonly [SettingType, string])[];
}

/** The names of the events that a service lists; one that carries every event carries others than these, too. */
export function supportedEvents({ supportedEvents: declaredEvents }: ServiceDeclaration): readonly string[] {
  return declaredEvents === 'all' ? githubEvents : declaredEvents;
}

/** What the catalogue says of a service. */
export function catalogueEntry(service: ServiceDeclaration): CatalogueEntry {
  return {
    name: service.name,
    events: service.defaultEvents,
    supported_events: supportedEvents(service),
    title: service.title,
    schema: service.settings.map(({ type, name }) => [type, name]),
  };
}
