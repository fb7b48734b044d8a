/** Deletes a repository with all that belongs to it, in one statement. */
import { query, type Executor } from '../query.ts';

/** Deletes it; answers the unfinished deliveries whose workflows are to be told. */
export async function deleteRepository(
  executor: Executor,
  repositoryId: string,
): Promise<readonly { readonly id: string; readonly run: number }[]> {
  return query(executor, {
    text: `
      with hooks as (
        delete from hook where repository_id = $1 returning id
      ), attempts as (
        delete from attempt where hook_id in (select id from hooks)
      ), deliveries as (
        delete from delivery where repository_id = $1 returning id, run, settled_at
      ), events as (
        delete from event where repository_id = $1
      ), gone as (
        delete from repository where id = $1
      )
      select id, run from deliveries where settled_at is null`,
    values: [repositoryId],
  });
}
