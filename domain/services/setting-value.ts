/** Reads settings that were checked when they were kept, by type. */
import type { Settings } from './service.ts';

/** A text, or undefined if it is not set. */
export function textSetting(settings: Settings, name: string): string | undefined {
  const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** True if it is set to true. */
export function flagSetting(settings: Settings, name: string): boolean {
  return Object.hasOwn(settings, name) && settings[name] === true;
}
