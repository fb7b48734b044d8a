/** Says which settings of a service are secret, and hides them. Nothing that is shown goes around this. */
import { mask } from '../mask.ts';
import type { ServiceDeclaration, Settings } from './service.ts';

/** The names of the settings that are kept encrypted and never shown. */
export function secretSettings(service: ServiceDeclaration): readonly string[] {
  return service.settings.filter(({ type }) => type === 'password').map(({ name }) => name);
}

/** The settings as they may be shown: each password that is set reads `********`; unknown ones are left out. */
export function maskSettings(service: ServiceDeclaration, settings: Settings): Settings {
  const shown = service.settings.flatMap(({ name, type }): [string, string | boolean][] => {
    const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (value === undefined) return [];
    return [[name, type === 'password' ? mask : value]];
  });
  return Object.fromEntries(shown);
}
