/**
 * Reads one field of a payload as the type that receivers of the GitHub dialect expect of it.
 * Each reader takes any JSON value and answers undefined for one that is not of its type: a field is then left out.
 * None throws, and none changes what a value means.
 */

/** A JSON object; nothing in it is known to be of any type. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Answers a value as it is to be sent, or undefined to leave the field out. */
export type FieldReader = (value: unknown) => unknown;

/** True for a JSON object, not for an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Any value at all. */
export function readAnything(value: unknown): unknown {
  return value;
}

/** No value: for fields whose type has no counterpart in what producers report. */
export function readNothing(): undefined {
  return undefined;
}

/** A text. */
export function readText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** True or false. */
export function readBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** A whole number that survives JSON in every language. */
export function readInteger(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined; // isSafeInteger is no type guard
}

/** An id: a whole number, or its digits as text. UUIDs and the like are left out, for receivers type ids as numbers. */
export function readId(value: unknown): number | undefined {
  return readInteger(typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value);
}

/** Texts, all of them; a list with anything else in it is left out. */
export function readTexts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

/** The items of a list that a reader makes something of. */
export function readEach<Item>(
  value: unknown,
  read: (item: unknown) => Item | undefined,
): Item[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map(read).filter((item) => item !== undefined);
}

/** A reader for one of a few texts. */
export function readOneOf(texts: readonly string[]): FieldReader {
  return (value) => (texts.includes(value as string) ? value : undefined); // includes() looks at any value
}

/** A reader that lets null through as well. */
export function orNull(read: FieldReader): FieldReader {
  return (value) => (value === null ? null : read(value));
}

const instant =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** An ISO 8601 time with its offset, as it was written. */
export function readTime(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const day = instant.exec(value)?.[1];
  if (day === undefined) return undefined;
  const midnight = new Date(`${day}T00:00:00Z`);
  // The 30th of February is a date to the parser: it reads the 2nd of March.
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day) ? value : undefined;
}

/** A commit's time in ISO 8601, from a number: seconds since the epoch below 10^11, milliseconds from there on. */
export function readTimestamp(value: unknown): string | undefined {
  if (typeof value !== 'number') return readTime(value);
  const time = new Date(value < 1e11 ? value * 1000 : value);
  // Years before 0 and after 9999 are written with a sign, which the receivers' parsers do not know.
  const year = time.getUTCFullYear();
  return year >= 0 && year <= 9999 ? writeTime(time) : undefined;
}

/** What toISOString() writes, in a quarter of its time: a push has many commits. */
function writeTime(time: Date): string {
  const year = String(time.getUTCFullYear()).padStart(4, '0');
  const clock = `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
  const thousandths = String(time.getUTCMilliseconds()).padStart(3, '0');
  return `${year}-${two(time.getUTCMonth() + 1)}-${two(time.getUTCDate())}T${clock}.${thousandths}Z`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** Longer addresses are left out: they are repeated for every commit, and a payload must not grow without bound. */
const longestAddressCharacters = 1000;

const address =
  /^(?:https?|git|ssh|svn):\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?:\/(?:[\w.~!$&()*+,;=:@/-]|%[\da-f]{2})*)?(?:\?(?:[\w.~!$&()*+,;=:@/?-]|%[\da-f]{2})*)?(?:#(?:[\w.~!$&()*+,;=:@/?-]|%[\da-f]{2})*)?$/i;

/**
 * An absolute web or repository address. What is not written as RFC 3986 asks (spaces, letters beyond ASCII) is escaped;
 * addresses of other kinds (`javascript:`), relative ones and those with credentials are left out.
 */
export function readAddress(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > longestAddressCharacters) return undefined;
  if (address.test(value) && URL.canParse(value)) return value;
  if (!URL.canParse(value)) return undefined;
  const escaped = new URL(value).href.replaceAll(/['"<>\\^`{|}]/g, escapeCharacter);
  return escaped.length <= longestAddressCharacters && address.test(escaped) ? escaped : undefined;
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
