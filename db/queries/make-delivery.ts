/**
 * Makes deliveries that a person asks for: of an event that was accepted before, of a ping, or of one that has ended, again.
 * None of them counts on its hook.
 */
import { query, type Executor } from '../query.ts';
import { slowReplyMs } from './mark-slow.ts';

/** A delivery to make. */
export interface DeliveryByHand {
  readonly hookId: string;
  readonly eventType: string;
  /** The event; undefined for what is no event. */
  readonly eventId: string | undefined;
  /** The payload of what is no event, in SocialGateway's shape. */
  readonly payload: string | undefined;
}

/** Makes a delivery; answers its id, or undefined when the hook or the event is gone. */
export async function makeDelivery(
  executor: Executor,
  { hookId, eventType, eventId, payload }: DeliveryByHand,
): Promise<string | undefined> {
  const rows = await query<{ readonly id: string }>(executor, {
    text: `
      insert into delivery (event_id, hook_id, repository_id, event_type, slow, payload, by_hand)
      select coalesce($2::uuid, uuidv7()), hook.id, hook.repository_id, $3::text,
        coalesce(hook.reply_ms >= ${slowReplyMs}, false), $4::json, true
      from hook
      where hook.id = $1 and hook.deleted_at is null
        and ($2::uuid is null or exists (select from event where event.id = $2 and event.repository_id = hook.repository_id))
      returning id`,
    values: [hookId, eventId ?? null, eventType, payload ?? null],
  });
  return rows[0]?.id;
}

/**
 * Makes a delivery that has ended wait to be started again, as its next run.
 *
 * @returns the run, or undefined when it has not ended, or what it would send is gone
 */
export async function redeliver(executor: Executor, deliveryId: string): Promise<number | undefined> {
  const rows = await query<{ readonly run: number }>(executor, {
    text: `
      update delivery set run = run + 1, attempts = 0, state = 'pending', reason = null, first_attempt_at = null,
        due_at = now(), settled_at = null, started_at = null, claimed_until = null, group_id = null, wake_requested = false
      where id = $1 and settled_at is not null
        and exists (select from hook where hook.id = delivery.hook_id and hook.deleted_at is null)
        and (payload is not null or exists (select from event where event.id = delivery.event_id))
      returning run`,
    values: [deliveryId],
  });
  return rows[0]?.run;
}

/** Makes the next attempt of a delivery that waits for it due now; its workflow is to be woken. Otherwise does nothing. */
export async function hurryDelivery(executor: Executor, deliveryId: string): Promise<void> {
  await query(executor, {
    text: `
      update delivery set due_at = now(), claimed_until = null, wake_requested = true
      where id = $1 and state = 'waiting' and started_at is not null`,
    values: [deliveryId],
  });
}
