/** Reads where an event happened and who made it, in one line and bounded, for every service that says so. */
import { fitText } from './fit-text.ts';
import { lineAt, urlAt } from './payload-reader.ts';

/** The most UTF-16 units of a name. */
const longestName = 100;

/** A repository as messages name it. */
export interface RepositoryName {
  /** `site` */
  readonly name: string;
  /** `acme/site` */
  readonly fullName: string;
  readonly url: string | undefined;
  /** False if the payload does not say which repository it is about. */
  readonly isNamed: boolean;
}

/** The repository of an event; `unknown` where the payload does not say. */
export function readRepository(payload: unknown): RepositoryName {
  const given = lineAt(payload, 'repository', 'full_name') ?? lineAt(payload, 'repository', 'name');
  const fullName = given ?? 'unknown';
  return {
    name: inShort(lineAt(payload, 'repository', 'name') ?? fullName.slice(fullName.lastIndexOf('/') + 1)),
    fullName: fitText(fullName, 2 * longestName),
    url: urlAt(payload, 'repository', 'html_url'),
    isNamed: given !== undefined,
  };
}

/** The login of whoever made the event, or `somebody`. */
export function readSender(payload: unknown): string {
  return inShort(lineAt(payload, 'sender', 'login') ?? 'somebody');
}

function inShort(name: string): string {
  return fitText(name, longestName);
}
