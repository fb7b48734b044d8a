/** Finds what a delivery delivers: its event, or what it carries itself, the payload as the text that was received. */
import type { PayloadShape } from '#domain/payload-shape.ts';
import { query, type Executor } from '../query.ts';

/** What a delivery delivers. */
export interface DeliveredEvent {
  readonly type: string;
  readonly shape: PayloadShape;
  readonly payload: string;
  readonly acceptedAt: Date;
}

/** What it delivers, or undefined when that is past its retention. */
export async function findDeliveredEvent(
  executor: Executor,
  deliveryId: string,
): Promise<DeliveredEvent | undefined> {
  const rows = await query<DeliveredEvent>(executor, {
    name: 'find-delivered-event',
    text: `
      select delivery.event_type as type, coalesce(event.shape, 'socialgateway') as shape,
        coalesce(event.payload, delivery.payload)::text as payload, delivery.accepted_at as "acceptedAt"
      from delivery left join event on event.id = delivery.event_id
      where delivery.id = $1 and (event.id is not null or delivery.payload is not null)`,
    values: [deliveryId],
  });
  return rows[0];
}
