/**
 * Accepts events: event row, idempotency row and one delivery row for each listening hook, in one statement.
 * One event or a thousand, one hook or fifty: always a single round trip. Decides nothing about payloads.
 */
import { query, type Executor } from '../query.ts';
import { slowReplyMs } from './mark-slow.ts';

/** An event whose payload has been checked. */
export interface NewEvent {
  readonly owner: string;
  readonly name: string;
  readonly type: string;
  /** The names under which hooks may listen to it. */
  readonly subscriptionNames: readonly string[];
  /** The payload's text as received. */
  readonly payload: string;
  readonly idempotency: { readonly key: string; readonly requestHash: Buffer } | undefined;
}

/** Who sends: a person, who must own or administer the repository, or the platform. */
export interface Sender {
  readonly username: string;
  readonly isPlatform: boolean;
}

/** A delivery made by an acceptance. */
export interface NewDelivery {
  readonly id: string;
  readonly webhookId: string;
}

/** What became of one event, in the order given. */
export type AcceptedEvent =
  | {
      readonly kind: 'accepted';
      readonly eventId: string;
      readonly repositoryId: string;
      readonly deliveries: readonly NewDelivery[];
    }
  | { readonly kind: 'repeated'; readonly repositoryId: string }
  | { readonly kind: 'no_repository' };

const acceptance = `
target as materialized (
  select item.*, repository.id as repository_id
  from item join repository on repository.owner = item.owner and repository.name = item.name
  where $1::boolean or repository.owner = $2 or $2 = any (repository.admins)
), keyed as (
  insert into idempotency_key (repository_id, key, request_hash, event_id)
  select repository_id, key, request_hash, event_id from target where key is not null order by position
  on conflict (repository_id, key) do nothing
  returning event_id
), fresh as materialized (
  select * from target where key is null or event_id in (select event_id from keyed)
), stored as (
  insert into event (id, repository_id, type, payload)
  select event_id, repository_id, type, payload::json from fresh
), matched as (
  insert into delivery (event_id, hook_id, repository_id, event_type, slow)
  select fresh.event_id, hook.id, fresh.repository_id, fresh.type, coalesce(hook.reply_ms >= ${slowReplyMs}, false)
  from fresh join hook on hook.repository_id = fresh.repository_id
  where hook.active and hook.deleted_at is null and hook.events && string_to_array(fresh.names, ' ')
  order by fresh.position, hook.number
  returning id, hook_id, event_id
)
select item.position, target.repository_id as "repositoryId", fresh.event_id as "eventId",
  (select coalesce(json_agg(json_build_object('id', matched.id, 'webhookId', matched.hook_id) order by matched.id), '[]')
   from matched where matched.event_id = fresh.event_id) as deliveries
from item left join target using (position) left join fresh using (position)
order by item.position`;

const oneItem = `with item as materialized (
  select 1 as position, $3::text as owner, $4::text as name, $5::text as type, $6::text as names,
    $7::text as payload, $8::text as key, $9::bytea as request_hash, uuidv7() as event_id
), ${acceptance}`;

const manyItems = `with item as materialized (
  select position, owner, name, type, names, payload, key, request_hash, uuidv7() as event_id
  from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[])
    with ordinality as given (owner, name, type, names, payload, key, request_hash, position)
), ${acceptance}`;

interface Row {
  readonly repositoryId: string | null;
  readonly eventId: string | null;
  readonly deliveries: readonly NewDelivery[];
}

function toOutcome(row: Row): AcceptedEvent {
  if (row.repositoryId === null) return { kind: 'no_repository' };
  if (row.eventId === null) return { kind: 'repeated', repositoryId: row.repositoryId };
  return {
    kind: 'accepted',
    eventId: row.eventId,
    repositoryId: row.repositoryId,
    deliveries: row.deliveries,
  };
}

/** Accepts events in one statement, all or none. Answers one outcome an event, in order. */
export async function acceptEvents(
  executor: Executor,
  sender: Sender,
  events: readonly NewEvent[],
): Promise<readonly AcceptedEvent[]> {
  const columns = [
    events.map((event) => event.owner),
    events.map((event) => event.name),
    events.map((event) => event.type),
    events.map((event) => event.subscriptionNames.join(' ')),
    events.map((event) => event.payload),
    events.map((event) => event.idempotency?.key ?? null),
    events.map((event) => event.idempotency?.requestHash ?? null),
  ];
  const statement =
    events.length === 1
      ? { name: 'accept-event', text: oneItem, values: columns.map((column) => column[0]) }
      : { name: 'accept-events', text: manyItems, values: columns };
  const rows = await query<Row>(executor, {
    ...statement,
    values: [sender.isPlatform, sender.username, ...statement.values],
  });
  return rows.map(toOutcome);
}
