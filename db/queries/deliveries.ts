/** Reads deliveries for show, with the settings that tell what comes next. Never reads payloads or secrets. */
import { query, type Executor } from '../query.ts';

/** A delivery as it is shown. */
export interface DeliveryRow {
  readonly id: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly webhookId: string;
  readonly owner: string;
  readonly name: string;
  readonly admins: readonly string[];
  readonly state: string;
  readonly run: number;
  readonly attempts: number;
  readonly acceptedAt: Date;
  readonly firstAttemptAt: Date | null;
  readonly dueAt: Date | null;
  readonly settledAt: Date | null;
  readonly started: boolean;
  readonly schedule: readonly number[] | null;
  readonly hookActive: boolean;
  readonly disabledReason: string | null;
  readonly lastOutcome: string | null;
  readonly lastStatus: number | null;
}

const columns = `
  delivery.id, delivery.event_id as "eventId", delivery.event_type as "eventType", delivery.hook_id as "webhookId",
  repository.owner, repository.name, repository.admins, delivery.state, delivery.run, delivery.attempts,
  delivery.accepted_at as "acceptedAt", delivery.first_attempt_at as "firstAttemptAt", delivery.due_at as "dueAt",
  delivery.settled_at as "settledAt", delivery.started_at is not null as started, hook.schedule,
  hook.active as "hookActive", hook.disabled_reason as "disabledReason",
  last.outcome as "lastOutcome", last.status_code as "lastStatus"`;

const sources = `delivery
  join hook on hook.id = delivery.hook_id
  join repository on repository.id = delivery.repository_id
  left join attempt last on last.delivery_id = delivery.id and last.run = delivery.run
    and last.attempt = delivery.attempts`;

/** One delivery, or undefined. */
export async function findDelivery(executor: Executor, id: string): Promise<DeliveryRow | undefined> {
  const rows = await query<DeliveryRow>(executor, {
    text: `select ${columns} from ${sources} where delivery.id = $1`,
    values: [id],
  });
  return rows[0];
}

/** What a listing of deliveries is narrowed to; null means no matter what. */
export interface DeliveryFilter {
  /** The person whose repositories are listed; null for an operator, who sees all. */
  readonly username: string | null;
  readonly webhookId: string | null;
  readonly eventId: string | null;
  readonly event: string | null;
  readonly state: string | null;
  readonly owner: string | null;
  readonly repository: string | null;
  readonly since: Date | null;
  readonly until: Date | null;
  /** The id after which the page begins, going back in time. */
  readonly before: string | null;
  readonly limit: number;
}

/** A page of deliveries, the newest first. */
export async function listDeliveries(
  executor: Executor,
  filter: DeliveryFilter,
): Promise<readonly DeliveryRow[]> {
  return query<DeliveryRow>(executor, {
    text: `
      select ${columns} from ${sources}
      where ($1::text is null or repository.owner = $1 or $1 = any (repository.admins))
        and ($2::uuid is null or delivery.hook_id = $2)
        and ($3::uuid is null or delivery.event_id = $3)
        and ($4::text is null or delivery.event_type = $4)
        and ($5::text is null or delivery.state = $5)
        and ($6::text is null or repository.owner = $6)
        and ($7::text is null or repository.name = $7)
        and ($8::timestamptz is null or delivery.id >= uuid_floor($8))
        and ($9::timestamptz is null or delivery.id < uuid_floor($9))
        and ($10::uuid is null or delivery.id < $10)
      order by delivery.id desc limit $11`,
    values: [
      filter.username,
      filter.webhookId,
      filter.eventId,
      filter.event,
      filter.state,
      filter.owner,
      filter.repository,
      filter.since,
      filter.until,
      filter.before,
      filter.limit,
    ],
  });
}
