/** Finds tokens by their hashes, unless they have expired. */
import { query, type Executor } from '../query.ts';

/** Whose token it is and what it may do. */
export interface TokenRow {
  readonly username: string;
  readonly scopes: readonly string[];
}

/** The tokens with these SHA-256, in their order; undefined where there is none that is still good. */
export async function findTokens(
  executor: Executor,
  hashes: readonly Buffer[],
): Promise<readonly (TokenRow | undefined)[]> {
  const rows = await query<TokenRow & { readonly position: number }>(executor, {
    name: 'find-tokens',
    text: `
      select given.position::integer, access_token.username, access_token.scopes
      from unnest($1::bytea[]) with ordinality as given (hash, position)
      join access_token on access_token.hash = given.hash
      where access_token.expires_at is null or access_token.expires_at > now()`,
    values: [hashes],
  });
  const found = new Map(rows.map((row) => [row.position, row]));
  return hashes.map((_, index) => found.get(index + 1));
}
