/** Reads deliveries for show, with the settings that tell what comes next. Never reads payloads or secrets. */
import type { GroupKind } from '#domain/ids.ts';
import { query, type Executor } from '../query.ts';
import { conditionsOf } from './conditions.ts';
import { groupKind } from './group-kind.ts';
import { firstBefore } from './line.ts';

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
  /** Why it ended as it did, when it is not the usual reason. */
  readonly endReason: string | null;
  readonly run: number;
  readonly attempts: number;
  /** Those of them that were made before its schedule began anew. */
  readonly attemptsBefore: number;
  readonly acceptedAt: Date;
  readonly firstAttemptAt: Date | null;
  readonly dueAt: Date | null;
  readonly settledAt: Date | null;
  readonly started: boolean;
  /** The group that makes, or has made, its only attempt; null when it has a workflow of its own. */
  readonly groupId: string | null;
  readonly groupKind: GroupKind;
  readonly schedule: readonly number[] | null;
  readonly hookPaused: boolean;
  /** True while what was held of the hook goes out in order. */
  readonly hookDraining: boolean;
  /** True for mail to a repository's address for notices, which operators alone see. */
  readonly hookInternal: boolean;
  readonly disabledReason: string | null;
  readonly lastOutcome: string | null;
  readonly lastStatus: number | null;
  /** What its producer said, or somebody who put off its first attempt: not before. */
  readonly deliverAt: Date | null;
  readonly expiresAt: Date | null;
  readonly orderKey: string | null;
  /** The delivery that comes first in its line and has not ended; null when it is its turn. */
  readonly blockedBy: string | null;
}

const columns = `
  delivery.id, delivery.event_id as "eventId", delivery.event_type as "eventType", delivery.hook_id as "webhookId",
  repository.owner, repository.name, repository.admins, delivery.state, delivery.reason as "endReason",
  delivery.run, delivery.attempts, delivery.attempts_before as "attemptsBefore",
  delivery.accepted_at as "acceptedAt", delivery.first_attempt_at as "firstAttemptAt", delivery.due_at as "dueAt",
  delivery.settled_at as "settledAt", delivery.started_at is not null as started, hook.schedule,
  case when delivery.attempts = 0 or delivery.attempts = 1 and delivery.state = 'delivered' then delivery.group_id end
    as "groupId", ${groupKind('delivery')} as "groupKind",
  hook.paused_at is not null as "hookPaused",
  hook.draining_since is not null as "hookDraining",
  hook.internal as "hookInternal", hook.disabled_reason as "disabledReason",
  last.outcome as "lastOutcome", last.status_code as "lastStatus",
  delivery.deliver_at as "deliverAt", delivery.expires_at as "expiresAt", delivery.order_key as "orderKey",
  case when delivery.order_number is not null and delivery.settled_at is null then (${firstBefore('delivery')}) end
    as "blockedBy"`;

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
  const { text, values } = conditionsOf([
    [
      filter.username,
      '(repository.owner = $?::text or $?::text = any (repository.admins)) and not hook.internal',
    ],
    [filter.webhookId, 'delivery.hook_id = $?::uuid'],
    [filter.eventId, 'delivery.event_id = $?::uuid'],
    [filter.event, 'delivery.event_type = $?::text'],
    [filter.state, 'delivery.state = $?::text'],
    [filter.owner, 'repository.owner = $?::text'],
    [filter.repository, 'repository.name = $?::text'],
    [filter.since, 'delivery.id >= uuid_floor($?::timestamptz)'],
    [filter.until, 'delivery.id < uuid_floor($?::timestamptz)'],
    [filter.before, 'delivery.id < $?::uuid'],
  ]);
  return query<DeliveryRow>(executor, {
    text: `
      select ${columns} from ${sources}
      where ${text}
      order by delivery.id desc limit ${filter.limit}`,
    values,
  });
}
