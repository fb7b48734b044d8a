/** A delivery that has ended and goes on, as parts of statements: as its next run, or after a reset. */

/** Forgets what its producer said of a delivery's times and order. */
export const withoutTerms =
  'deliver_at = null, expires_at = null, order_number = null, attempting_until = null';

/** What changes of a delivery that is sent again as its next run: it begins as if it had just been accepted. */
export const nextRun = `run = run + 1, attempts = 0, attempts_before = 0, state = 'pending', reason = null,
  first_attempt_at = null, due_at = now(), settled_at = null, claimed_until = null, wake_requested = false,
  forced_attempt = 1, ${withoutTerms}`;

/** The condition that a delivery may be sent again: it has ended, other than by cancelling, and what it needs is there. */
export const isRepeatable = `settled_at is not null and state <> 'cancelled'
  and exists (select from hook where hook.id = delivery.hook_id and hook.deleted_at is null)
  and (payload is not null or exists (select from event where event.id = delivery.event_id))`;
