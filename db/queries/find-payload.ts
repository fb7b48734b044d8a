/** Finds an event's payload, as the text that was received. */
import { query, type Executor } from '../query.ts';

/** The text, or null when the event is past its retention. */
export async function findPayload(executor: Executor, eventId: string): Promise<string | null> {
  const rows = await query<{ payload: string }>(executor, {
    text: 'select payload::text as payload from event where id = $1',
    values: [eventId],
  });
  return rows[0]?.payload ?? null;
}
