/** Remembers that hooks' receivers are slow to answer, before any timeout has told. */
import { query, type Executor } from '../query.ts';

/** Milliseconds from which on a receiver is slow, and what waits for it waits beside its like. */
export const slowReplyMs = 2000;

/** Marks hooks as slow; their next replies may take it back. */
export async function markSlow(executor: Executor, hookIds: readonly string[]): Promise<void> {
  await query(executor, {
    text: `
      update hook set reply_ms = greatest(reply_ms, ${slowReplyMs})
      where id in (select id from hook where id = any ($1::uuid[]) order by id for update)`,
    values: [hookIds],
  });
}
