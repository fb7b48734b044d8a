/**
 * Records attempts that succeeded, many in one statement: appends them, ends their deliveries, and counts on their hooks.
 * Idempotent under (delivery, run, attempt), like recording one attempt, which all that fail take and so do
 * first runs that do not count. A hook whose owner heard of its trouble is told to have recovered.
 */
import { query, type Executor } from '../query.ts';
import { notEnded } from './not-ended.ts';
import { smoothed, type AttemptRecord } from './record-attempt.ts';
import { isOperationalType, noticeColumns } from './say-notices.ts';

/** True for what tells of its hook that it works. */
const tells = `run = 0 and not ${isOperationalType('event_type')}`;

/**
 * Attempts are appended in order, and hooks locked in order and before deliveries, as wherever both are written: two
 * batches never wait for each other, not even when they hold the same attempts.
 */
const statement = `
with given as materialized (
  select * from unnest($1::uuid[], $2::integer[], $3::integer[], $4::uuid[], $5::uuid[], $6::text[], $7::integer[],
      $8::text[], $9::text[], $10::bytea[], $11::boolean[], $12::boolean[], $13::integer[], $14::text[], $15::text[])
    as columns (delivery_id, run, attempt, hook_id, event_id, event_type, status_code,
      request_headers, response_headers, response_body, response_truncated, interrupted, duration_ms, request_body, recipients)
  order by delivery_id, run, attempt
), recorded as (
  insert into attempt (delivery_id, run, attempt, hook_id, event_id, event_type, outcome, status_code,
    request_headers, response_headers, response_body, response_truncated, interrupted, duration_ms, started_at, request_body,
    recipients)
  select delivery.id, given.run, given.attempt, given.hook_id, given.event_id, given.event_type, 'delivered',
    given.status_code, given.request_headers::json, given.response_headers::json, given.response_body,
    given.response_truncated, given.interrupted, given.duration_ms, now() - given.duration_ms * interval '1 ms',
    given.request_body, given.recipients::json
  from given join delivery on delivery.id = given.delivery_id
  on conflict do nothing
  returning delivery_id, run, attempt, hook_id, duration_ms, event_type, status_code
), replies as (
  select hook_id, avg(duration_ms)::integer as mean_ms, bool_or(${tells}) as tells from recorded where run = 0 group by hook_id
), locked as materialized (
  select hook.id, replies.mean_ms, replies.tells from replies join hook on hook.id = replies.hook_id
  order by hook.id for update of hook
), counted as (
  update hook set last_delivery_at = now(), last_delivery_status = 'success', last_success_at = now(),
    failure_count = 0, reply_ms = ${smoothed('locked.mean_ms')},
    trouble_told_at = case when locked.tells and hook.active then null else trouble_told_at end
  from locked where hook.id = locked.id
  returning hook.id, hook.repository_id,
    old.trouble_told_at is not null and new.trouble_told_at is null as recovered_now
), told as (
  insert into notice (${noticeColumns})
  select 'hook.recovered', counted.repository_id, counted.id, first.delivery_id, first.event_type, first.attempt,
    'delivered', first.status_code, null, true
  from counted cross join lateral (
    select * from recorded where recorded.hook_id = counted.id and ${tells} order by delivery_id limit 1) first
  where recovered_now
)
update delivery set state = 'delivered', attempts = greatest(attempts, recorded.attempt), settled_at = now(),
  first_attempt_at = coalesce(first_attempt_at, now() - recorded.duration_ms * interval '1 ms'),
  due_at = null, held_at = null
from recorded
where delivery.id = recorded.delivery_id and delivery.run = recorded.run and ${notEnded}
  and (select count(*) from counted) >= 0`;

/** Records attempts whose outcome is `delivered`. One on record already, or of a delivery that is gone, changes nothing. */
export async function recordDelivered(executor: Executor, records: readonly AttemptRecord[]): Promise<void> {
  await query(executor, {
    name: 'record-delivered',
    text: statement,
    values: [
      records.map((record) => record.deliveryId),
      records.map((record) => record.run),
      records.map((record) => record.attempt),
      records.map((record) => record.hookId),
      records.map((record) => record.eventId),
      records.map((record) => record.eventType),
      records.map((record) => record.statusCode),
      records.map((record) => JSON.stringify(record.requestHeaders)),
      records.map((record) =>
        record.responseHeaders === null ? null : JSON.stringify(record.responseHeaders),
      ),
      records.map((record) => record.responseBody),
      records.map((record) => record.responseTruncated),
      records.map((record) => record.interrupted),
      records.map((record) => Math.round(record.durationMs)),
      records.map((record) => record.requestBody),
      records.map(({ recipients }) => (recipients === null ? null : JSON.stringify(recipients))),
    ],
  });
}
