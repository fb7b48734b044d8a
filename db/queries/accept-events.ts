/**
 * Accepts events: event row, idempotency row and one delivery row for each listening hook, in one statement.
 * One event or a thousand, one hook or fifty: always a single round trip. Decides nothing about payloads.
 */
import type { DeliveryTerms } from '#domain/delivery-terms.ts';
import type { PayloadShape } from '#domain/payload-shape.ts';
import { query, type Executor } from '../query.ts';
import { slowReplyMs } from './mark-slow.ts';

/** Who sends: a person, who must own or administer the repository, or the platform. */
export interface Sender {
  readonly username: string;
  readonly isPlatform: boolean;
}

/** An event whose payload has been checked. */
export interface NewEvent {
  readonly sender: Sender;
  readonly owner: string;
  readonly name: string;
  readonly type: string;
  /** The names under which hooks may listen to it. */
  readonly subscriptionNames: readonly string[];
  /** The services that can carry it. */
  readonly services: readonly string[];
  readonly shape: PayloadShape;
  /** The payload's text as received. */
  readonly payload: string;
  readonly idempotency: { readonly key: string; readonly requestHash: Buffer } | undefined;
  /** What the producer said of its deliveries, if anything. */
  readonly terms?: DeliveryTerms | undefined;
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

/**
 * The locks that lines share, by their hooks: a batch of a thousand keys could take more than PostgreSQL has. A power of
 * two. Deliveries that join lines are made in the order of their locks, so that no two batches wait for each other.
 */
const lineLocks = 64;

const statement = `
with target as materialized (
  select given.position, given.type, given.names, given.services, given.shape, given.payload, given.key,
    given.request_hash, given.deliver_at, given.expires_at, given.order_key,
    uuidv7() as event_id, repository.id as repository_id
  from unnest($1::boolean[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
      $10::text[], $11::bytea[], $12::timestamptz[], $13::timestamptz[], $14::text[])
    with ordinality as given (platform, username, owner, name, type, names, services, shape, payload, key, request_hash,
      deliver_at, expires_at, order_key, position)
  left join repository on repository.owner = given.owner and repository.name = given.name
    and (given.platform or repository.owner = given.username or given.username = any (repository.admins))
), keyed as (
  insert into idempotency_key (repository_id, key, request_hash, event_id)
  select repository_id, key, request_hash, event_id from target
  where repository_id is not null and key is not null order by position
  on conflict (repository_id, key) do nothing
  returning event_id
), fresh as materialized (
  select * from target
  where repository_id is not null and (key is null or event_id in (select event_id from keyed))
), stored as (
  insert into event (id, repository_id, type, shape, payload)
  select event_id, repository_id, type, shape, payload::json from fresh
  returning id
), matched as (
  insert into delivery (event_id, hook_id, repository_id, event_type, slow, state, held_at, due_at, deliver_at, expires_at,
    order_key, order_number)
  select event_id, hook_id, repository_id, type, slow,
    case when kept_back then 'held' when deliver_at > now() then 'waiting' else 'pending' end,
    case when kept_back then now() end,
    case when kept_back then least(now() + $15::float8 * interval '1 day', expires_at) else greatest(deliver_at, now()) end,
    deliver_at, expires_at, order_key,
    case when order_key is not null then join_line(number & ${lineLocks - 1}) end
  from (
    select fresh.position, fresh.event_id, hook.id as hook_id, hook.number, fresh.repository_id, fresh.type,
      not hook.delivers or hook.draining_since is not null as kept_back,
      coalesce(hook.reply_ms >= ${slowReplyMs}, false) as slow, fresh.deliver_at, fresh.expires_at,
      case when fresh.order_key is not null then fresh.order_key
        when hook.order_key is not null then order_key_of(fresh.payload, hook.order_key) end as order_key
    from fresh join hook on hook.repository_id = fresh.repository_id
    where hook.active and (hook.delivers or hook.pause_holds) and hook.deleted_at is null
      and hook.events && string_to_array(fresh.names, ' ') and hook.service = any (string_to_array(fresh.services, ' '))
    order by case when fresh.order_key is not null or hook.order_key is not null then hook.number & ${lineLocks - 1} end,
      fresh.position, hook.number
  ) as listening
  returning id, hook_id, event_id
)
select position::integer, repository_id as "repositoryId",
  case when event_id in (select id from stored) then event_id end as "eventId",
  null::uuid as "deliveryId", null::uuid as "hookId"
from target
union all
select null, null, event_id, id, hook_id from matched`;

type Row =
  | { readonly position: number; readonly repositoryId: string | null; readonly eventId: string | null }
  | {
      readonly position: null;
      readonly eventId: string;
      readonly deliveryId: string;
      readonly hookId: string;
    };

/** Puts the rows together: one for each event, in any order, and one for each delivery. */
function toOutcomes(rows: readonly Row[], count: number): readonly AcceptedEvent[] {
  const deliveriesOf = new Map<string, NewDelivery[]>();
  for (const row of rows) {
    if (row.position !== null) continue;
    const deliveries = deliveriesOf.get(row.eventId) ?? [];
    deliveriesOf.set(row.eventId, deliveries);
    deliveries.push({ id: row.deliveryId, webhookId: row.hookId });
  }
  const outcomes = Array.from<AcceptedEvent>({ length: count });
  for (const row of rows) {
    if (row.position === null) continue;
    const { repositoryId, eventId } = row;
    outcomes[row.position - 1] =
      repositoryId === null
        ? { kind: 'no_repository' }
        : eventId === null
          ? { kind: 'repeated', repositoryId }
          : { kind: 'accepted', eventId, repositoryId, deliveries: deliveriesOf.get(eventId) ?? [] };
  }
  return outcomes;
}

/**
 * Accepts events in one statement, all or none. Answers one outcome an event, in order.
 *
 * @param holdDays days for which a delivery is held before it expires
 */
export async function acceptEvents(
  executor: Executor,
  events: readonly NewEvent[],
  holdDays: number,
): Promise<readonly AcceptedEvent[]> {
  const rows = await query<Row>(executor, {
    name: 'accept-events',
    text: statement,
    values: [
      events.map(({ sender }) => sender.isPlatform),
      events.map(({ sender }) => sender.username),
      events.map(({ owner }) => owner),
      events.map(({ name }) => name),
      events.map(({ type }) => type),
      events.map(({ subscriptionNames }) => subscriptionNames.join(' ')),
      events.map(({ services }) => services.join(' ')),
      events.map(({ shape }) => shape),
      events.map(({ payload }) => payload),
      events.map(({ idempotency }) => idempotency?.key ?? null),
      events.map(({ idempotency }) => idempotency?.requestHash ?? null),
      events.map(({ terms }) => terms?.deliverAt ?? null),
      events.map(({ terms }) => terms?.expiresAt ?? null),
      events.map(({ terms }) => terms?.orderKey ?? null),
      holdDays,
    ],
  });
  return toOutcomes(rows, events.length);
}
