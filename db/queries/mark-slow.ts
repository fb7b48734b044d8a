/** Remembers that hooks' receivers are slow to answer, before any timeout has told. */
import { query, type Executor } from '../query.ts';

/** Milliseconds from which on a receiver is slow, and what waits for it waits beside its like. */
export const slowReplyMs = 2000;

/** Marks hooks as slow; their next replies may take it back. */
export async function markSlow(executor: Executor, hookIds: readonly string[]): Promise<void> {
  await query(executor, {
    name: 'mark-slow',
    text: `
      update hook set reply_ms = greatest(reply_ms, ${slowReplyMs})
      where id in (select id from hook where id = any ($1::uuid[]) order by id for update)`,
    values: [hookIds],
  });
}

/** Deliveries that are set apart at once; what is left is noticed when the next of them are taken. */
const apartAtOnce = 5000;

/** Makes what waits to be started for slow receivers wait beside its like. */
export async function setApart(executor: Executor, hookIds: readonly string[]): Promise<void> {
  await query(executor, {
    name: 'set-apart',
    text: `
      update delivery set slow = true
      where id = any (array(
        select id from delivery
        where hook_id = any ($1::uuid[]) and settled_at is null and started_at is null and state = 'pending' and not slow
        order by id limit ${apartAtOnce} for update skip locked))`,
    values: [hookIds],
  });
}
