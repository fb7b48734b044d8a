/**
 * Renders a repository: `owner` as a person, `full_name`, and `html_url` for its address.
 * It must never offer addresses of an API: there is none behind the web address that producers report.
 */
import { composeObject, fieldTypes } from './compose-object.ts';
import {
  isJsonObject,
  orNull,
  readAddress,
  readBoolean,
  readInteger,
  readId,
  readNothing,
  readOneOf,
  readText,
  readTexts,
  readTime,
  type JsonObject,
} from './field-readers.ts';
import { renderPerson } from './person.ts';

const repositoryTypes = fieldTypes([
  [readId, ['id']],
  [orNull(readAddress), ['mirror_url']],
  [renderPerson, ['owner']],
  [readText, ['name', 'full_name', 'node_id', 'ssh_url', 'default_branch', 'master_branch', 'organization']],
  [readText, ['squash_merge_commit_message', 'squash_merge_commit_title']],
  [readText, ['merge_commit_message', 'merge_commit_title']],
  [orNull(readText), ['description', 'homepage', 'language']],
  [readBoolean, ['private', 'public', 'fork', 'archived', 'disabled', 'is_template']],
  [readBoolean, ['has_issues', 'has_projects', 'has_downloads', 'has_wiki', 'has_pages', 'has_discussions']],
  [readBoolean, ['allow_squash_merge', 'allow_merge_commit', 'allow_rebase_merge', 'allow_auto_merge']],
  [readBoolean, ['allow_forking', 'allow_update_branch', 'use_squash_pr_title_as_default']],
  [readBoolean, ['web_commit_signoff_required', 'delete_branch_on_merge']],
  [readInteger, ['size', 'stargazers_count', 'watchers_count', 'forks_count', 'open_issues_count']],
  [readInteger, ['forks', 'open_issues', 'watchers', 'stargazers']],
  [readTime, ['created_at', 'updated_at']],
  [orNull(readTime), ['pushed_at']],
  [readOneOf(['public', 'private', 'internal']), ['visibility']],
  [readTexts, ['topics']],
  [orNull(readNothing), ['license']],
  [readNothing, ['permissions', 'custom_properties']],
]);
const renamed: ReadonlySet<string> = new Set(['url']);

/** A repository, from `{id, owner, name, url}` or what there is of it; undefined for what is no object. */
export function renderRepository(source: unknown): Record<string, unknown> | undefined {
  if (!isJsonObject(source)) return undefined;
  const name = readText(source['name']);
  const owner = loginOfOwner(source);
  return composeObject(
    {
      id: readId(source['id']),
      name,
      full_name: name === undefined || owner === undefined ? undefined : `${owner}/${name}`,
      owner: renderPerson(source['owner']),
      html_url: readAddress(source['url']),
    },
    source,
    repositoryTypes,
    renamed,
  );
}

/** The login of a repository's owner as its producer reports it, or undefined. */
export function loginOfOwner(repository: unknown): string | undefined {
  const owner = renderPerson(isJsonObject(repository) ? repository['owner'] : undefined);
  return readText(owner?.['login']);
}

/** The address under which a repository's pages lie, without a slash at its end; undefined when it has none. */
export function addressOfPages(repository: JsonObject | undefined): string | undefined {
  const address = readText(repository?.['html_url']);
  return address === undefined || /[?#]/.test(address) ? undefined : address.replace(/\/$/, '');
}
