/**
 * Lists the texts of a hook that must not be kept when its receiver says them back: whole, and in the parts that
 * receivers quote. Short ones are left out, for they are found in everything.
 */
import { secretSettings } from '#domain/services/mask-settings.ts';
import type { ServiceDeclaration, Settings } from '#domain/services/service.ts';

/** UTF-16 units of the shortest text that is looked for. */
const shortest = 8;

/** UTF-16 units of a part of an address that is a secret by itself, such as the token at its end. */
const shortestPart = 16;

/** The secrets among a service's settings, the longest first. */
export function secretsOf(service: ServiceDeclaration, settings: Settings): readonly string[] {
  const values = secretSettings(service).flatMap((name) => {
    const value = settings[name];
    return typeof value === 'string' ? [value, ...partsOfAddress(value)] : [];
  });
  return longEnough(values);
}

/** The secrets among a hook's own headers, the longest first. */
export function secretsOfHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return longEnough(Object.values(headers));
}

/** What a receiver sees of an address: its path, and the long parts of that. */
function partsOfAddress(text: string): readonly string[] {
  if (!URL.canParse(text)) return [];
  const { href, pathname, search } = new URL(text);
  const parts = `${pathname}${search}`.split(/[/?&=]/).filter((part) => part.length >= shortestPart);
  return [href, `${pathname}${search}`, pathname, ...parts];
}

function longEnough(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
    .filter((text) => text.length >= shortest)
    .toSorted((one, other) => other.length - one.length);
}
