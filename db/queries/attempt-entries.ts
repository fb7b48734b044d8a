/** Lists a hook's attempts as entries, without what was sent and what came back. */
import { query, type Executor } from '../query.ts';
import { conditionsOf } from './conditions.ts';
import type { AttemptRow } from './attempts.ts';

/** An entry of the list. */
export interface AttemptEntry extends Pick<
  AttemptRow,
  | 'id'
  | 'number'
  | 'deliveryId'
  | 'run'
  | 'byHand'
  | 'eventType'
  | 'outcome'
  | 'statusCode'
  | 'error'
  | 'durationMs'
  | 'endedAt'
> {
  /** The action that an event reported in SocialGateway's shape has in its payload. */
  readonly action: string | null;
}

/** A page of entries, the newest first, from before an id on. */
export async function attemptEntries(
  executor: Executor,
  page: { readonly hookId: string; readonly before: string | null; readonly limit: number },
): Promise<readonly AttemptEntry[]> {
  const { text, values } = conditionsOf([
    [page.hookId, 'attempt.hook_id = $?::uuid'],
    [page.before, 'attempt.id < $?::uuid'],
  ]);
  return query<AttemptEntry>(executor, {
    text: `
      select attempt.id, attempt.number, attempt.delivery_id as "deliveryId", attempt.run, attempt.by_hand as "byHand",
        attempt.event_type as "eventType", attempt.outcome, attempt.status_code as "statusCode", attempt.error,
        attempt.duration_ms as "durationMs", attempt.ended_at as "endedAt",
        case when event.shape = 'socialgateway' and json_typeof(event.payload -> 'action') = 'string'
          then event.payload ->> 'action' end as action
      from attempt left join event on event.id = attempt.event_id
      where ${text}
      order by attempt.id desc limit ${page.limit}`,
    values,
  });
}
