/** Says which settings of a service are secret, and hides them. Nothing that is shown goes around this. */
import { mask } from '../mask.ts';
import type { ServiceDeclaration, Settings } from './service.ts';

/** The names of the settings that are kept encrypted and never shown. */
export function secretSettings(service: ServiceDeclaration): readonly string[] {
  return service.settings
    .filter(({ type, secretPart }) => type === 'password' || secretPart !== undefined)
    .map(({ name }) => name);
}

/** The settings as they may be shown: each password that is set reads `********`; unknown ones are left out. */
export function maskSettings(service: ServiceDeclaration, settings: Settings): Settings {
  const shown = service.settings.flatMap(({ name, type, secretPart }): [string, string | boolean][] => {
    const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (value === undefined) return [];
    if (type === 'password') return [[name, mask]];
    return [[name, typeof value === 'string' && secretPart !== undefined ? secretPart.hide(value) : value]];
  });
  return Object.fromEntries(shown);
}
