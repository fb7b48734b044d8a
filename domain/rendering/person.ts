/**
 * Renders people and organizations: `login` for `username`.
 * It must never make up what was not reported, such as an e-mail address or whether somebody is a bot.
 */
import { composeObject, fieldTypes } from './compose-object.ts';
import {
  isJsonObject,
  orNull,
  readBoolean,
  readEach,
  readId,
  readOneOf,
  readText,
  readAddress,
} from './field-readers.ts';

/** What somebody may be to a repository. */
export const authorAssociations: readonly string[] =
  'COLLABORATOR CONTRIBUTOR FIRST_TIMER FIRST_TIME_CONTRIBUTOR MANNEQUIN MEMBER NONE OWNER'.split(' ');

const personTypes = fieldTypes([
  [readId, ['id']],
  [readText, ['login', 'name', 'node_id', 'gravatar_id']],
  [orNull(readText), ['email']],
  [readAddress, ['url']],
  [readBoolean, ['site_admin']],
  [readOneOf(['Bot', 'User', 'Organization']), ['type']],
]);
const organizationTypes = fieldTypes([
  [readId, ['id']],
  [readText, ['login', 'node_id']],
  [orNull(readText), ['description']],
  [readAddress, ['url']],
]);
const renamed: ReadonlySet<string> = new Set(['username']);

/** A person, from one with a `username` or from a bare name; undefined for anything else. */
export function renderPerson(source: unknown): Record<string, unknown> | undefined {
  if (typeof source === 'string') return { login: source };
  if (!isJsonObject(source)) return undefined;
  return composeObject({ login: readText(source['username']) }, source, personTypes, renamed);
}

/** Every person of a list; undefined when it is no list. */
export function renderPeople(source: unknown): Record<string, unknown>[] | undefined {
  return readEach(source, renderPerson);
}

/** An organization, from one with a `username` or `name`, or from a bare name; undefined for anything else. */
export function renderOrganization(source: unknown): Record<string, unknown> | undefined {
  if (typeof source === 'string') return { login: source };
  if (!isJsonObject(source)) return undefined;
  const login = readText(source['login']) ?? readText(source['username']) ?? readText(source['name']);
  return composeObject({ login }, source, organizationTypes, renamed);
}
