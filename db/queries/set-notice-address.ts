/**
 * The address to which a repository's notices are mailed, and the hook that it owns: a hook of the service `email` that no
 * route shows, counts or changes. Both always agree.
 */
import { operationalTypes } from '#domain/operational-events.ts';
import { query, type Executor } from '../query.ts';

/**
 * Sets the address, and makes, changes or removes its hook. Run inside the caller's transaction.
 *
 * @returns the hooks that were removed, whose deliveries are to be cancelled
 */
export async function setNoticeAddress(
  executor: Executor,
  owner: string,
  name: string,
  address: string | null,
): Promise<readonly string[]> {
  const rows = await query<{ readonly id: string }>(executor, {
    text: `
      with addressed as (
        update repository set notice_email = $3::text where owner = $1 and name = $2 returning id
      ), made as (
        insert into hook (repository_id, service, internal, events, settings)
        select id, 'email', true, $4::text[], jsonb_build_object('address', $3::text) from addressed
        where $3::text is not null
        on conflict (repository_id) where internal and deleted_at is null
          do update set settings = excluded.settings, events = excluded.events, updated_at = now()
      )
      update hook set active = false, deleted_at = now()
      where repository_id = (select id from addressed) and internal and deleted_at is null and $3::text is null
      returning id`,
    values: [owner, name, address, operationalTypes],
  });
  return rows.map(({ id }) => id);
}
