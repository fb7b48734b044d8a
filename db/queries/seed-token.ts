/** Makes sure that a configured token exists. Running it again changes nothing. */
import { query, type Executor } from '../query.ts';

/** Stores the SHA-256 of a token for a person with scopes, unless it is there. */
export async function seedToken(
  executor: Executor,
  hash: Buffer,
  username: string,
  scopes: readonly string[],
): Promise<void> {
  await query(executor, {
    text: `insert into access_token (hash, username, scopes) values ($1, $2, $3) on conflict (hash) do nothing`,
    values: [hash, username, scopes],
  });
}
