/**
 * The hand-over of deliveries to Temporal, as the database sees it: which wait to be started, which are to be woken,
 * which are overdue, and which have been handed over.
 * Claims are leases: whoever dies with one leaves it to the next after its end.
 */
import { query, type Executor } from '../query.ts';

/** A delivery to hand over: enough to name its workflow and its search attributes. */
export interface StartableDelivery {
  readonly id: string;
  readonly run: number;
  /** The attempt that comes next, from 1. */
  readonly nextAttempt: number;
  readonly hookId: string;
  readonly eventId: string;
  /** `owner/name`. */
  readonly repository: string;
}

/** Which deliveries a claim takes. */
export type ClaimKind = 'unstarted' | 'to_wake' | 'overdue';

/** How much a claim takes, and for how long. */
export interface ClaimOptions {
  /** Milliseconds that must have passed since the delivery was accepted (unstarted) or due (to wake, overdue). */
  readonly graceMs: number;
  /** Milliseconds for which the claim keeps others away. */
  readonly leaseMs: number;
  readonly limit: number;
  /** Only those of this hook; null for all. */
  readonly hookId: string | null;
}

const conditions: Readonly<Record<ClaimKind, string>> = {
  unstarted: `started_at is null and id < uuid_floor(now() - $1 * interval '1 ms')`,
  to_wake: `wake_requested and due_at <= now() - $1 * interval '1 ms'`,
  overdue: `started_at is not null and due_at < now() - $1 * interval '1 ms'`,
};

/** Claims deliveries of one kind in the order of their ids. Rows that somebody else has locked are passed over. */
export async function claimDeliveries(
  executor: Executor,
  kind: ClaimKind,
  { graceMs, leaseMs, limit, hookId }: ClaimOptions,
): Promise<readonly StartableDelivery[]> {
  return query<StartableDelivery>(executor, {
    text: `
      with claimed as (
        update delivery set claimed_until = now() + $2 * interval '1 ms'
        where id in (
          select id from delivery
          where settled_at is null and ${conditions[kind]}
            and (claimed_until is null or claimed_until < now())
            and ($4::uuid is null or hook_id = $4)
          order by id limit $3 for update skip locked)
        returning *)
      select claimed.id, claimed.run, claimed.attempts + 1 as "nextAttempt", claimed.hook_id as "hookId",
        claimed.event_id as "eventId", repository.owner || '/' || repository.name as repository
      from claimed join repository on repository.id = claimed.repository_id order by claimed.id`,
    values: [graceMs, leaseMs, limit, hookId],
  });
}

/** Notes that workflows were started. A row locked by somebody else is left to the sweeper, which finds it started. */
export async function noteStarted(executor: Executor, ids: readonly string[]): Promise<void> {
  await query(executor, {
    name: 'note-started',
    text: `
      update delivery set started_at = now(), claimed_until = null
      where id in (
        select id from delivery where id = any ($1::uuid[]) and started_at is null order by id for update skip locked)`,
    values: [ids],
  });
}

/**
 * Notes that workflows were started if need be and woken. One that was asked to be woken again in the meantime has lost
 * its claim by that, and is left to be woken again.
 */
export async function noteWoken(executor: Executor, ids: readonly string[]): Promise<void> {
  await query(executor, {
    text: `
      update delivery set started_at = coalesce(started_at, now()), claimed_until = null, wake_requested = false
      where id in (
        select id from delivery where id = any ($1::uuid[]) and claimed_until is not null
        order by id for update skip locked)`,
    values: [ids],
  });
}

/** Gives claims up, so that the next round need not wait for their end. */
export async function releaseClaims(executor: Executor, ids: readonly string[]): Promise<void> {
  await query(executor, {
    text: `
      update delivery set claimed_until = null
      where id in (select id from delivery where id = any ($1::uuid[]) order by id for update skip locked)`,
    values: [ids],
  });
}
