/** Who may do what: scopes of tokens, and who manages a repository. Never looks anything up. */

/** What a token may be allowed to do. */
export const scopes = [
  'read:repo_hook',
  'write:repo_hook',
  'admin:repo_hook',
  'events:write',
  'operator',
  'platform',
] as const;

/** A permission that a token carries. */
export type Scope = (typeof scopes)[number];

/** Whoever calls: a person by name, with the scopes of the token used. */
export interface Caller {
  readonly username: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** True when the caller's token carries at least one of the scopes. */
export function hasScope(caller: Caller, anyOf: readonly Scope[]): boolean {
  return anyOf.some((scope) => caller.scopes.has(scope));
}

/** True when the person owns the repository or administers it. Names are compared to the letter. */
export function managesRepository(
  username: string,
  repository: { readonly owner: string; readonly admins: readonly string[] },
): boolean {
  return repository.owner === username || repository.admins.includes(username);
}
