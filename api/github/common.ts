/** What the routes in GitHub's shape share: their place, their tag, who may. */
import type { Scope } from '#domain/access.ts';

/** The tag of the routes in the document. */
export const gitHubTag = 'GitHub-shaped hooks';

/** The path of a repository's hooks. */
export const gitHubHooksPath = '/repos/:owner/:repo/hooks';

/** Entries a page unless told otherwise. */
export const gitHubPage = 30;

/** Scopes of which one lets a caller read, and ping: each wider one includes the narrower. */
export const reading: readonly Scope[] = ['read:repo_hook', 'write:repo_hook', 'admin:repo_hook'];

/** Scopes of which one lets a caller create, change and test. */
export const writing: readonly Scope[] = ['write:repo_hook', 'admin:repo_hook'];

/** The scope that lets a caller delete. */
export const deleting: readonly Scope[] = ['admin:repo_hook'];
