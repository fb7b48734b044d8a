/** Finds what was answered the first time an idempotency key was used. Never changes anything. */
import { query, type Executor } from '../query.ts';
import type { NewDelivery } from './accept-events.ts';

/** The event accepted under a key, and the hash of the request that brought it. */
export interface FirstReply {
  readonly requestHash: Buffer;
  readonly eventId: string;
  readonly type: string;
  readonly deliveries: readonly NewDelivery[];
}

/** The first reply under a repository's key, or undefined when the key is not remembered. */
export async function findFirstReply(
  executor: Executor,
  repositoryId: string,
  key: string,
): Promise<FirstReply | undefined> {
  const rows = await query<FirstReply>(executor, {
    name: 'find-first-reply',
    text: `
      select k.request_hash as "requestHash", k.event_id as "eventId", event.type,
        (select coalesce(json_agg(json_build_object('id', id, 'webhookId', hook_id) order by id), '[]')
         from delivery where event_id = k.event_id and id >= k.event_id) as deliveries
      from idempotency_key k join event on event.id = k.event_id
      where k.repository_id = $1 and k.key = $2`,
    values: [repositoryId, key],
  });
  return rows[0];
}
