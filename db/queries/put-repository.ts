/** Makes a repository, or changes the one there is, in one statement; two at once do not collide. */
import { query, type Executor } from '../query.ts';

/** What may be said of a repository; what is undefined stays as it is. */
export interface RepositorySettings {
  readonly externalId: string | undefined;
  readonly organization: string | null | undefined;
  readonly admins: readonly string[] | undefined;
}

/** Puts a repository; answers true when it was made. */
export async function putRepository(
  executor: Executor,
  owner: string,
  name: string,
  { externalId, organization, admins }: RepositorySettings,
): Promise<boolean> {
  const rows = await query<{ made: boolean }>(executor, {
    text: `
      insert into repository (owner, name, external_id, organization, admins)
      values ($1, $2, $3, $4, coalesce($5::text[], '{}'))
      on conflict (owner, name) do update set
        external_id = coalesce($3, repository.external_id),
        organization = case when $6 then $4 else repository.organization end,
        admins = coalesce($5::text[], repository.admins),
        updated_at = now()
      returning old.id is null as made`,
    values: [
      owner,
      name,
      externalId ?? null,
      organization ?? null,
      admins ?? null,
      organization !== undefined,
    ],
  });
  return rows[0]?.made ?? false;
}
