/** What came of the last attempt of hooks, for show. */
import { query, type Executor } from '../query.ts';

/** The last attempt of a hook. */
export interface LastResponse {
  readonly outcome: string;
  readonly statusCode: number | null;
  readonly error: string | null;
}

/** The last attempt of each hook that has one, by the hook's id. */
export async function lastResponses(
  executor: Executor,
  hookIds: readonly string[],
): Promise<ReadonlyMap<string, LastResponse>> {
  const rows = await query<LastResponse & { readonly hookId: string }>(executor, {
    text: `
      select wanted.id as "hookId", last.outcome, last.status_code as "statusCode", last.error
      from unnest($1::uuid[]) as wanted (id)
      cross join lateral (
        select outcome, status_code, error from attempt where hook_id = wanted.id order by id desc limit 1) as last`,
    values: [hookIds],
  });
  return new Map(rows.map(({ hookId, ...last }) => [hookId, last]));
}
