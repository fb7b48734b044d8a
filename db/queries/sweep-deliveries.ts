/**
 * What the sweeper looks after: deliveries that somebody asked to be woken, and those that are overdue.
 * Claims are leases: whoever dies with one leaves it to the next after its end.
 */
import type { GroupKind } from '#domain/ids.ts';
import { query, type Executor } from '../query.ts';
import { groupKind } from './group-kind.ts';
import { startableColumns, startableJoins, type StartableDelivery } from './start-deliveries.ts';

/** A delivery that the sweeper found. */
export interface SweptDelivery extends StartableDelivery {
  /** The group that took it for its first attempt and has not made it; null when its own workflow is to be found. */
  readonly groupId: string | null;
  readonly groupKind: GroupKind;
}

/** Which deliveries a claim takes. */
export type ClaimKind = 'to_wake' | 'overdue';

/** How much a claim takes, and for how long. */
export interface ClaimOptions {
  /** Milliseconds that must have passed since the delivery was due, and since it was started. */
  readonly graceMs: number;
  /** Milliseconds for which the claim keeps others away. */
  readonly leaseMs: number;
  readonly limit: number;
  /** Only those of this hook; null for all. */
  readonly hookId: string | null;
}

const conditions: Readonly<Record<ClaimKind, string>> = {
  to_wake: `wake_requested and due_at <= now() - $1 * interval '1 ms'`,
  // One that was never started is overdue only by the end of its hold: until then it simply waits for its turn.
  overdue: `due_at < now() - $1 * interval '1 ms'
    and (started_at < now() - $1 * interval '1 ms' or started_at is null and state = 'held')`,
};

/** Claims deliveries of one kind in the order of their ids. Rows that somebody else has locked are passed over. */
export async function claimDeliveries(
  executor: Executor,
  kind: ClaimKind,
  { graceMs, leaseMs, limit, hookId }: ClaimOptions,
): Promise<readonly SweptDelivery[]> {
  return query<SweptDelivery>(executor, {
    name: `claim-${kind}`,
    text: `
      with claimed as (
        update delivery set claimed_until = now() + $2 * interval '1 ms'
        where id = any (array(
          select id from delivery
          where settled_at is null and ${conditions[kind]}
            and (claimed_until is null or claimed_until < now())
            and ($4::uuid is null or hook_id = $4)
          order by id limit $3 for update skip locked))
        returning *)
      select ${startableColumns('claimed')}, case when claimed.attempts = 0 then claimed.group_id end as "groupId",
        ${groupKind('claimed')} as "groupKind"
      from claimed ${startableJoins('claimed')} order by claimed.id`,
    values: [graceMs, leaseMs, limit, hookId],
  });
}

/**
 * Notes that workflows were started if need be and woken. One that was asked to be woken again in the meantime has lost
 * its claim by that, and is left to be woken again.
 */
export async function noteWoken(executor: Executor, ids: readonly string[]): Promise<void> {
  await query(executor, {
    name: 'note-woken',
    text: `
      update delivery set started_at = coalesce(started_at, now()), claimed_until = null, wake_requested = false
      where id = any (array(
        select id from delivery where id = any ($1::uuid[]) and claimed_until is not null
        order by id for update skip locked))`,
    values: [ids],
  });
}

/** Gives claims up, so that the next round need not wait for their end. */
export async function releaseClaims(executor: Executor, ids: readonly string[]): Promise<void> {
  await query(executor, {
    name: 'release-claims',
    text: `
      update delivery set claimed_until = null
      where id = any (array(select id from delivery where id = any ($1::uuid[]) order by id for update skip locked))`,
    values: [ids],
  });
}
