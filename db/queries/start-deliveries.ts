/**
 * The hand-over of deliveries to Temporal, as the database sees it: which wait to be started, which are overdue,
 * and which have been started. Claims are leases: whoever dies with one leaves it to the next after its end.
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

const startable = `claimed.id, claimed.run, claimed.attempts + 1 as "nextAttempt", claimed.hook_id as "hookId",
  claimed.event_id as "eventId", repository.owner || '/' || repository.name as repository`;

/** Claims deliveries that were committed at least `olderThanMs` ago and whose workflow was never started. */
export async function claimUnstarted(
  executor: Executor,
  options: { readonly olderThanMs: number; readonly leaseMs: number; readonly limit: number },
): Promise<readonly StartableDelivery[]> {
  return query<StartableDelivery>(executor, {
    name: 'claim-unstarted',
    text: `
      with claimed as (
        update delivery set claimed_until = now() + $2 * interval '1 ms'
        where id in (
          select id from delivery
          where started_at is null and settled_at is null
            and id < uuid_floor(now() - $1 * interval '1 ms')
            and (claimed_until is null or claimed_until < now())
          order by id limit $3 for update skip locked)
        returning *)
      select ${startable} from claimed join repository on repository.id = claimed.repository_id order by claimed.id`,
    values: [options.olderThanMs, options.leaseMs, options.limit],
  });
}

/** Which overdue deliveries to claim. */
export interface OverdueOptions {
  /** Milliseconds by which they must be overdue. */
  readonly graceMs: number;
  readonly leaseMs: number;
  readonly limit: number;
  /** Only those of this hook; null for all. */
  readonly hookId: string | null;
}

/** Claims started deliveries for which something was due a while ago and has not happened, the oldest first. */
export async function claimOverdue(
  executor: Executor,
  options: OverdueOptions,
): Promise<readonly StartableDelivery[]> {
  return query<StartableDelivery>(executor, {
    text: `
      with claimed as (
        update delivery set claimed_until = now() + $2 * interval '1 ms'
        where id in (
          select id from delivery
          where settled_at is null and started_at is not null
            and due_at <= now() - $1 * interval '1 ms'
            and (claimed_until is null or claimed_until < now())
            and ($4::uuid is null or hook_id = $4)
          order by due_at, id limit $3 for update skip locked)
        returning *)
      select ${startable} from claimed join repository on repository.id = claimed.repository_id order by claimed.id`,
    values: [options.graceMs, options.leaseMs, options.limit, options.hookId],
  });
}

/** Notes that workflows were started. A row locked by somebody else is left to the sweeper, which finds it started. */
export async function markStarted(executor: Executor, ids: readonly string[]): Promise<void> {
  await query(executor, {
    name: 'mark-started',
    text: `
      update delivery set started_at = now(), claimed_until = null
      where id in (
        select id from delivery where id = any ($1::uuid[]) and started_at is null order by id for update skip locked)`,
    values: [ids],
  });
}
