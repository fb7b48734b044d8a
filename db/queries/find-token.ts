/** Finds a token by its hash, unless it has expired. */
import { query, type Executor } from '../query.ts';

/** Whose token it is and what it may do. */
export interface TokenRow {
  readonly username: string;
  readonly scopes: readonly string[];
}

/** The token with this SHA-256, or undefined when there is none that is still good. */
export async function findToken(executor: Executor, hash: Buffer): Promise<TokenRow | undefined> {
  const rows = await query<TokenRow>(executor, {
    name: 'find-token',
    text: `select username, scopes from access_token where hash = $1 and (expires_at is null or expires_at > now())`,
    values: [hash],
  });
  return rows[0];
}
