/**
 * Reads single values of a payload that nobody has checked: every field may be absent, of another type, or hostile.
 * Never throws and never converts: what is not of the type asked for is absent.
 */
import { oneLine } from './fit-text.ts';

/** The most UTF-16 units that are read of one text; no message shows more of it. */
const longestText = 65_536;

/** URLs past this are not shown: chat services refuse them. */
const longestUrl = 2048;

/** The value at the end of a path of own properties, of whatever type, to be read further. */
export function partAt(payload: unknown, ...path: readonly string[]): unknown {
  let value = payload;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** A text with something in it to see, well-formed Unicode, cut at 65,536 units. */
export function textAt(payload: unknown, ...path: readonly string[]): string | undefined {
  const value = partAt(payload, ...path);
  if (typeof value !== 'string') return undefined;
  const text = value.slice(0, longestText).toWellFormed();
  return text.trim() === '' ? undefined : text;
}

/** A text in one line, without control characters, if there is anything to see in it then. */
export function lineAt(payload: unknown, ...path: readonly string[]): string | undefined {
  const line = oneLine(textAt(payload, ...path) ?? '');
  return line === '' ? undefined : line;
}

/** An integer that is not negative and that JavaScript can tell from its neighbours. */
export function countAt(payload: unknown, ...path: readonly string[]): number | undefined {
  const value = partAt(payload, ...path);
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

/** True only for `true`. */
export function flagAt(payload: unknown, ...path: readonly string[]): boolean {
  return partAt(payload, ...path) === true;
}

/** A list; an empty one if there is none. Whoever reads on bounds how far. */
export function listAt(payload: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = partAt(payload, ...path);
  return Array.isArray(value) ? value : [];
}

/** A web address in the spelling of a URL parser, which holds no white space and no control character. */
export function urlAt(payload: unknown, ...path: readonly string[]): string | undefined {
  const text = textAt(payload, ...path);
  if (text === undefined || text.length > longestUrl || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && url.href.length <= longestUrl ? url.href : undefined;
}

/** A commit's hash: 7 to 64 hexadecimal digits. */
export function hashAt(payload: unknown, ...path: readonly string[]): string | undefined {
  const text = textAt(payload, ...path);
  return text !== undefined && /^[0-9a-f]{7,64}$/iu.test(text) ? text : undefined;
}
