/**
 * The names of the events that a repository can tell receivers of, in the order in which the catalogue lists them.
 * Without `*`, which is every event, and without `ping`, which nobody subscribes to.
 */

/** What a service that supports every event lists in the catalogue. */
export const githubEvents = [
  'commit_comment',
  'create',
  'delete',
  'deployment',
  'deployment_status',
  'fork',
  'gollum',
  'issue_comment',
  'issues',
  'member',
  'page_build',
  'public',
  'pull_request_review_comment',
  'pull_request',
  'push',
  'release',
  'status',
  'team_add',
  'watch',
] as const satisfies readonly string[];
