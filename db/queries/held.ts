/**
 * What is written of a delivery that is held, and of one whose wait is over, as parts of statements: whoever holds or lets go
 * writes the same.
 */
import { withinTime } from './expiry.ts';

/** Holds from now on, for as many days at the most. */
export const heldFor = (days: string): string =>
  `state = 'held', held_at = now(), due_at = ${withinTime(`now() + ${days}::float8 * interval '1 day'`)}`;

/** Whether a delivery sleeps in a workflow of its own, which is to be woken. */
export const isOwn = '(attempts > 0 or started_at is not null and group_id is null)';

/** Whether a delivery is not to be attempted yet: it goes on waiting for its time. */
export const isLater = '(attempts = 0 and coalesce(deliver_at > now(), false))';

/** Makes the next attempt due now, as one that was asked for: it is made whether the hook delivers or not. */
export const attemptNow = `due_at = now(), held_at = null, forced_attempt = attempts + 1,
  state = case when attempts = 0 then 'pending' else 'waiting' end`;
