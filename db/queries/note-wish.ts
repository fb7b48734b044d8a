/**
 * Writes down what somebody asked of a delivery by Temporal's own means: by a message of its workflow, or by a reset. Each is
 * one statement together with its row in the audit; what the database knows already leaves none. Tells nobody.
 */
import { deliveryWorkflowId } from '#domain/ids.ts';
import { query, type Executor } from '../query.ts';
import { audited } from './audited.ts';
import { withinTime } from './expiry.ts';
import { attemptNow } from './held.ts';
import { isRepeatable, withoutTerms } from './next-run.ts';

/** Who asks, in the audit: Temporal does not say. The id of the workflow stands for the request. */
export const byTemporal = 'temporal';

const asTemporal = { username: `'${byTemporal}'`, request: '$4', details: 'null' };

/** Minutes in which a workflow has heard of what a route moved, if it hears of it at all. */
const heardMinutes = 5;

/**
 * Notes when the next attempt of a delivery comes, as its workflow was told. What a route told it is on record, or was moved
 * again since.
 *
 * @returns when it is due, which is no later than it expires; undefined when it was on record
 */
export async function noteDue(
  executor: Executor,
  id: string,
  run: number,
  until: Date,
): Promise<Date | undefined> {
  const rows = await query<{ readonly dueAt: Date }>(executor, {
    name: 'note-due',
    text: `
      with changed as (
        update delivery set due_at = ${withinTime('$3')}, forced_attempt = null
        where id = $1 and run = $2 and state = 'waiting' and due_at is distinct from ${withinTime('$3')}
          and not exists (
            select from audit where delivery_id = $1 and action = 'postpone' and username <> '${byTemporal}'
              and (details ->> 'until')::timestamptz = $3 and at > now() - interval '${heardMinutes} min')
        returning id, due_at as "dueAt"
      ), ${audited('postpone', { ...asTemporal, details: "json_build_object('until', $3::timestamptz)" })}`,
    values: [id, run, until, deliveryWorkflowId(id, run)],
  });
  return rows[0]?.dueAt;
}

/** Makes the next attempt of a delivery that waits or is held one that was asked for; answers whether it did either. */
export async function noteRetry(
  executor: Executor,
  id: string,
  run: number,
  attempt: number,
): Promise<boolean> {
  const rows = await query(executor, {
    name: 'note-retry',
    text: `
      with changed as (
        update delivery set ${attemptNow}, asked_at = now()
        where id = $1 and run = $2 and attempts = $3 - 1 and state in ('waiting', 'held')
        returning id
      ), ${audited('retry', asTemporal)}`,
    values: [id, run, attempt, deliveryWorkflowId(id, run)],
  });
  return rows.length > 0;
}

/**
 * Makes an exhausted delivery wait again, due now, its schedule anew after the attempts that it has had. Each run in Temporal
 * that came about by a reset does so once; a reply that was lost is no reason to do it again.
 *
 * @returns whether it waits again
 */
export async function reopenDelivery(
  executor: Executor,
  id: string,
  run: number,
  resetRunId: string,
): Promise<boolean> {
  const rows = await query(executor, {
    name: 'reopen-delivery',
    text: `
      with changed as (
        update delivery set state = 'waiting', settled_at = null, reason = null, due_at = now(), claimed_until = null,
          started_at = now(), wake_requested = false, forced_attempt = attempts + 1, attempts_before = attempts,
          asked_at = now(), reopened_in = $3, ${withoutTerms}
        where id = $1 and run = $2 and state = 'exhausted' and reopened_in is distinct from $3 and ${isRepeatable}
        returning id
      ), ${audited('reset', { ...asTemporal, details: "json_build_object('temporalRunId', $3::text)" })}`,
    values: [id, run, resetRunId, deliveryWorkflowId(id, run)],
  });
  return rows.length > 0;
}
