/** Makes deliveries that a person asks for: of an event that was accepted before, or of a ping. Neither counts on its hook. */
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
      insert into delivery (event_id, hook_id, repository_id, event_type, slow, payload, by_hand, forced_attempt)
      select coalesce($2::uuid, uuidv7()), hook.id, hook.repository_id, $3::text,
        coalesce(hook.reply_ms >= ${slowReplyMs}, false), $4::json, true, 1
      from hook
      where hook.id = $1 and hook.deleted_at is null
        and ($2::uuid is null or exists (select from event where event.id = $2 and event.repository_id = hook.repository_id))
      returning id`,
    values: [hookId, eventId ?? null, eventType, payload ?? null],
  });
  return rows[0]?.id;
}
