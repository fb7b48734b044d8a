/**
 * Makes one object of the GitHub dialect: the fields that follow from the source's promises, then what else its
 * producer put there. It must never lose a field that it could keep, nor send one of a type that GitHub does not give it.
 *
 * What becomes of a producer's own fields, at the top of a payload and in the objects that are rendered:
 * - The name is written in snake_case when it is camelCase, and left as it is otherwise.
 * - A name that GitHub uses in this place has GitHub's type, or is left out. So are addresses (`*_url`) that are none.
 * - Any other is kept with its value untouched. Names inside of it stay as they are: they may be data.
 * - What follows from the source's promises wins over a producer's field of the same name, the first spelling of a name
 *   over the second (`fooBar`, `foo_bar`), and `__proto__` is no field.
 */
import { readAddress, readAnything, type FieldReader, type JsonObject } from './field-readers.ts';

/** The type of each field that GitHub uses in some place, by name. */
export type FieldTypes = ReadonlyMap<string, FieldReader>;

/** Names the types of fields: each reader with the fields it reads. */
export function fieldTypes(
  readers: readonly (readonly [read: FieldReader, names: readonly string[]])[],
): FieldTypes {
  return new Map(readers.flatMap(([read, names]) => names.map((name) => [name, read] as const)));
}

const nothing: ReadonlySet<string> = new Set();

/**
 * Composes an object.
 *
 * @param fields what follows from the source's promises; undefined for what does not
 * @param source the object as the producer wrote it
 * @param types what GitHub uses here
 * @param renamed the source's names that `fields` took in under another name
 */
export function composeObject(
  fields: JsonObject,
  source: JsonObject,
  types: FieldTypes,
  renamed: ReadonlySet<string> = nothing,
): Record<string, unknown> {
  const composed = withoutAbsent(fields);
  for (const name of Object.keys(source)) {
    if (Object.hasOwn(composed, name) || renamed.has(name) || name === '__proto__') continue;
    const target = toSnakeCase(name);
    if (Object.hasOwn(composed, target)) continue;
    const value = readerOf(target, types)(source[name]);
    if (value !== undefined) composed[target] = value;
  }
  return composed;
}

/** The fields that are there: those that are not undefined. */
export function withoutAbsent(fields: JsonObject): Record<string, unknown> {
  // Mostly all of them are there, and copying them at once costs a fraction: a push has many commits.
  if (!hasAbsent(fields)) return { ...fields };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function hasAbsent(fields: JsonObject): boolean {
  for (const name in fields) if (fields[name] === undefined) return true;
  return false;
}

function readerOf(name: string, types: FieldTypes): FieldReader {
  return types.get(name) ?? (name.endsWith('_url') ? readAddress : readAnything);
}

function toSnakeCase(name: string): string {
  // Most names are one word, and this is asked for every field of every commit.
  if (!/[A-Z]/.test(name)) return name;
  if (!/^[a-z][A-Za-z\d]*$/.test(name)) return name;
  return name.replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_').toLowerCase();
}
