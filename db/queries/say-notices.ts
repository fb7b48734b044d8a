/**
 * The parts of the statements that record attempts by which owners come to hear of their hooks: what is to be told is
 * written in the same transaction as what brought it about. Deliveries of operational events and what was asked for by hand
 * tell nothing of hooks, so that no notice is ever about a notice.
 *
 * What was told is remembered on the hook, in columns that a success on a hook of which nothing was told does not change.
 */
import { operationalTypes } from '#domain/operational-events.ts';

/** The condition that a column holds the type of an operational event. */
export const isOperationalType = (column: string): string =>
  `${column} in (${operationalTypes.map((type) => `'${type}'`).join(', ')})`;

/** The time for which a hook that goes on failing is not told to be failing again, nor its exhausted deliveries mailed. */
const quietTime = `interval '1 hour'`;

/** True when the moment in a column of the hook is as long ago. */
const isOver = (column: string): string => `coalesce(${column}, '-infinity') < now() - ${quietTime}`;

/** What is to be known of the delivery whose attempt is recorded, as columns of it in a relation `started`. */
export const tellingColumns = (run: string): string => `repository_id, failing_told,
  ${run} = 0 and not by_hand and not ${isOperationalType('event_type')} as tells`;

const tells = '(select tells from started)';

/** Parts of an update of `hook` that counts an attempt; `started` has the columns above. */
export interface NoteTold {
  readonly assignments: string;
  readonly returning: string;
}

/**
 * Notes on the hook what is told of it.
 *
 * @param disabledReason why the attempt disables the hook, or null
 * @param halfUsed true when half of the delivery's schedule is used up and an attempt is still to come
 * @param nextState the state of the delivery that follows
 */
export function noteTold(disabledReason: string, halfUsed: string, nextState: string): NoteTold {
  const failing = `${tells} and ${halfUsed} and active and ${disabledReason} is null
      and not (select failing_told from started) and ${isOver('failing_told_at')}`;
  return {
    assignments: `
    trouble_told_at = case when ${tells} and active and ${disabledReason} is not null or ${failing} then now()
      else trouble_told_at end,
    failing_told_at = case when ${failing} then now() else failing_told_at end,
    exhausted_mailed_at = case when ${tells} and ${nextState} = 'exhausted' and ${isOver('exhausted_mailed_at')}
      then now() else exhausted_mailed_at end`,
    returning: `new.disabled_reason, new.failing_told_at is distinct from old.failing_told_at as failing_now,
    new.exhausted_mailed_at is distinct from old.exhausted_mailed_at as mailed_now`,
  };
}

/** The columns of a notice that say what it is about, in the order of their values. */
export const noticeColumns =
  'type, repository_id, hook_id, delivery_id, event_type, attempts, outcome, status_code, disabled_reason, mailed';

/**
 * What a failed attempt has told, from relations `started`, `counted` (what the hook's update returns) and `moved` (the
 * delivery's state): rows of type, disabled_reason, mailed. What was exhausted by an attempt that does not count is mailed
 * whenever it is.
 */
export const saidOfFailure = `
  select 1 as position, 'hook.failing' as type, null as disabled_reason, true as mailed from counted where failing_now
  union all
  select 2, 'delivery.exhausted', null, coalesce((select mailed_now from counted), true)
  from moved where state = 'exhausted' and ${tells}
  union all
  select 3, 'hook.disabled', disabled_reason, true from counted where disabled_now and ${tells}`;
