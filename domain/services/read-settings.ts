/**
 * Reads the settings of a hook as its owner gave them, by the declaration of its service.
 * Everything wrong is said at once, by setting; no message repeats a value, which may be a password.
 */
import { mask } from '../mask.ts';
import { nearMatches } from '../near-matches.ts';
import type { ServiceDeclaration, SettingDeclaration, SettingProblem, Settings } from './service.ts';

/** The settings, ready to be kept, or what is wrong with them: at least one problem. */
export type SettingsReading =
  | { readonly settings: Settings }
  | { readonly problems: readonly SettingProblem[] };

/** A value that was read, one that was not given, or what is wrong with it. */
type ValueReading = { readonly value: string | boolean | undefined } | { readonly message: string };

/** The most UTF-16 units of a setting whose declaration names no other number. */
const standardLength = 255;

/** Problems with unknown settings that are told; there may be as many as a request holds. */
const mostUnknown = 10;

/**
 * Reads settings. `null` and an empty text are as good as not given; booleans may be `true`, `false`, `1`, `0` and
 * those as text; a whole number is taken for the text it reads as.
 *
 * @param previous the settings of the hook so far, whose passwords stay where the mask is given for them
 */
export function readSettings(
  service: ServiceDeclaration,
  given: Readonly<Record<string, unknown>>,
  previous: Settings = {},
): SettingsReading {
  const problems: SettingProblem[] = [...findUnknown(service, given)];
  const kept: [string, string | boolean][] = [];
  for (const declaration of service.settings) {
    const { name } = declaration;
    const reading = readValue(declaration, ownValue(given, name), ownValue(previous, name));
    if ('message' in reading) problems.push({ setting: name, message: reading.message });
    else if (reading.value !== undefined) kept.push([name, reading.value]);
    else if (declaration.required === true) problems.push({ setting: name, message: 'This is required' });
  }
  if (problems.length > 0) return { problems };
  const settings: Settings = Object.fromEntries(kept);
  const further = service.check(settings);
  return further.length > 0 ? { problems: further } : { settings };
}

function ownValue<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function findUnknown(
  service: ServiceDeclaration,
  given: Readonly<Record<string, unknown>>,
): readonly SettingProblem[] {
  const names = service.settings.map(({ name }) => name);
  return Object.keys(given)
    .filter((name) => !names.includes(name))
    .slice(0, mostUnknown)
    .map((name) => {
      const [nearest] = nearMatches(name, names);
      const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      return {
        setting: name.slice(0, standardLength).toWellFormed(),
        message: `The service ${service.name} has no such setting${hint}`,
      };
    });
}

function readValue(
  declaration: SettingDeclaration,
  given: unknown,
  previous: string | boolean | undefined,
): ValueReading {
  if (given === undefined || given === null || given === '') return { value: undefined };
  if (declaration.type === 'boolean') return readBoolean(given);
  if (declaration.type === 'password' && given === mask) {
    return previous === undefined ? { message: 'There is no earlier value to keep' } : { value: previous };
  }
  const text = typeof given === 'number' && Number.isSafeInteger(given) ? String(given) : given;
  if (typeof text !== 'string') return { message: 'This must be a text' };
  const written = declaration.type === 'password' ? text : text.replace(/\s+/gu, ' ').trim();
  const { secretPart } = declaration;
  const whole = secretPart?.restore(written, typeof previous === 'string' ? previous : '') ?? written;
  return checkText(declaration, whole);
}

const booleans: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  ['1', true],
  [1, true],
  [false, false],
  ['false', false],
  ['0', false],
  [0, false],
]);

function readBoolean(given: unknown): ValueReading {
  const value = booleans.get(given);
  return value === undefined ? { message: 'This must be true or false' } : { value };
}

function checkText({ choices, longest = standardLength }: SettingDeclaration, text: string): ValueReading {
  if (text === '') return { value: undefined };
  if (text.length > longest) return { message: `This is longer than ${longest} characters` };
  if (!text.isWellFormed() || /\p{Cc}/u.test(text)) return { message: 'This holds control characters' };
  if (choices !== undefined && !choices.includes(text)) {
    return { message: `This must be one of: ${choices.join(', ')}` };
  }
  return { value: text };
}
