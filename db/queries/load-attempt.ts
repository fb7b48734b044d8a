/**
 * Loads all that an attempt needs, fresh: the delivery, its hook's present settings, the event's bytes,
 * and the last attempt on record, which tells a repeated call where the delivery stands.
 */
import type { DeliveryState } from '#domain/delivery.ts';
import type { HookFormat } from '#domain/formats.ts';
import type { Outcome } from '#domain/outcomes.ts';
import type { PayloadShape } from '#domain/payload-shape.ts';
import type { RecipientStandings } from '#domain/recipients.ts';
import type { Settings } from '#domain/services/service.ts';
import { query, withoutWaitingForTheDisk, type Executor } from '../query.ts';

/** A delivery about to be attempted, as the database knows it. */
export interface AttemptMaterial {
  readonly state: Exclude<DeliveryState, 'attempting'>;
  readonly run: number;
  /** Attempts on record in this run. */
  readonly attempts: number;
  /** Those of them that were made before its schedule began anew. */
  readonly attemptsBefore: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly acceptedAt: Date;
  /** The payload's text as received; null when the event is gone. */
  readonly payload: string | null;
  readonly shape: PayloadShape;
  /** True for what a person asked for, which neither counts nor disables. */
  readonly byHand: boolean;
  readonly hookId: string;
  /** False while it is off or paused. */
  readonly hookDelivers: boolean;
  /** True when the delivery is to show whether a hook that was disabled works again. */
  readonly probing: boolean;
  readonly hookDeleted: boolean;
  /** The hook's public number. */
  readonly hookNumber: string;
  readonly service: string;
  readonly settings: Settings;
  /** The passwords among the settings, sealed. */
  readonly secretSettings: Buffer | null;
  readonly filter: string | null;
  readonly template: string | null;
  /** The repository's id as its platform knows it, or ours. */
  readonly repositoryId: string;
  readonly url: string | null;
  readonly format: HookFormat;
  readonly secret: Buffer | null;
  /** The secret before the last rotation, while both are valid. */
  readonly previousSecret: Buffer | null;
  readonly headers: Buffer | null;
  readonly schedule: readonly number[] | null;
  readonly timeoutSeconds: number;
  readonly storeResponseBody: boolean;
  readonly rateLimitPerSecond: number | null;
  readonly maxInFlight: number | null;
  /** True when its attempt was given a turn in its hook's line before. */
  readonly hasTurn: boolean;
  /** The attempt that somebody asked for, which is made whether the hook is on or not. */
  readonly forcedAttempt: number | null;
  readonly lastOutcome: Outcome | null;
  readonly lastStatus: number | null;
  /** Where each of a mail's recipients stands after the last attempt of this run. */
  readonly lastRecipients: RecipientStandings | null;
  /** Milliseconds until the next attempt is due; null when none is. */
  readonly dueInMs: number | null;
  /** True when a first attempt was begun before and is not on record. */
  readonly begun: boolean;
  /** Milliseconds until it expires, below zero when it has; null when it does not. */
  readonly expiresInMs: number | null;
  /** True when it stands in a line, of which one is attempted at a time. */
  readonly ordered: boolean;
}

const columns = `
  delivery.id, delivery.state, delivery.run, delivery.attempts, delivery.attempts_before as "attemptsBefore",
    delivery.event_id as "eventId",
    delivery.event_type as "eventType", delivery.accepted_at as "acceptedAt", coalesce(event.payload, delivery.payload)::text as payload,
    coalesce(event.shape, 'socialgateway') as shape, delivery.by_hand as "byHand", delivery.forced_attempt as "forcedAttempt",
    hook.id as "hookId", hook.delivers as "hookDelivers", coalesce(hook.probe_delivery_id = delivery.id, false) as probing, hook.deleted_at is not null as "hookDeleted",
    hook.number as "hookNumber", hook.service, hook.settings, hook.secret_settings as "secretSettings", hook.filter,
    hook.template, coalesce(repository.external_id, repository.id::text) as "repositoryId",
    hook.url, hook.format, hook.secret, hook.headers, hook.schedule,
    case when hook.previous_secret_until > now() then hook.previous_secret end as "previousSecret",
    hook.timeout_seconds as "timeoutSeconds", hook.store_response_body as "storeResponseBody",
    hook.rate_limit_per_second as "rateLimitPerSecond", hook.max_in_flight as "maxInFlight",
    delivery.turn_at is not null as "hasTurn",
    last.outcome as "lastOutcome", last.status_code as "lastStatus",
    last.recipients as "lastRecipients",
    greatest(0, extract(epoch from delivery.due_at - now()) * 1000)::float8 as "dueInMs",
    (extract(epoch from delivery.expires_at - now()) * 1000)::float8 as "expiresInMs",
    delivery.order_number is not null as ordered,
    delivery.attempts = 0 and delivery.first_attempt_at is not null as begun`;

const joins = `
    join hook on hook.id = delivery.hook_id
    join repository on repository.id = delivery.repository_id
    left join event on event.id = delivery.event_id
    left join attempt last on last.delivery_id = delivery.id and last.run = delivery.run
      and last.attempt = delivery.attempts`;

/** The material of deliveries' next attempts, in the order of the ids; undefined where there is no such delivery. */
export async function loadAttempts(
  executor: Executor,
  deliveryIds: readonly string[],
): Promise<readonly (AttemptMaterial | undefined)[]> {
  const rows = await query<AttemptMaterial & { readonly id: string }>(executor, {
    name: 'load-attempts',
    text: `select ${columns} from unnest($1::uuid[]) as wanted (id) join delivery on delivery.id = wanted.id ${joins}`,
    values: [deliveryIds],
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return deliveryIds.map((id) => byId.get(id));
}

/**
 * The material of a delivery's first attempt, noting that it begins: who finds the note later knows that a process died
 * over it. For calls that Temporal does not count.
 */
export async function beginAttempt(
  executor: Executor,
  deliveryId: string,
): Promise<AttemptMaterial | undefined> {
  const rows = await query<AttemptMaterial>(executor, {
    name: 'begin-attempt',
    text: `
      with begun as (
        update delivery set first_attempt_at = now()
        where id = $1 and attempts = 0 and first_attempt_at is null and state = 'pending'
        returning ${withoutWaitingForTheDisk}
      ) select ${columns} from delivery ${joins} where delivery.id = $1`,
    values: [deliveryId],
  });
  return rows[0];
}

/** Where each of a mail's recipients stood after the last attempt of the run before; null when it had none. */
export async function recipientsOfRunBefore(
  executor: Executor,
  deliveryId: string,
  run: number,
): Promise<RecipientStandings | null> {
  const rows = await query<{ readonly recipients: RecipientStandings | null }>(executor, {
    name: 'recipients-of-run-before',
    text: `
      select recipients from attempt where delivery_id = $1 and run = $2::integer - 1 order by attempt desc limit 1`,
    values: [deliveryId, run],
  });
  return rows[0]?.recipients ?? null;
}
