/**
 * The database's housekeeping: days ahead prepared, days past the retention dropped, old idempotency keys forgotten.
 * Never drops a day that still holds an unfinished delivery.
 */
import { query, type Executor } from '../query.ts';

/** Days prepared in advance, so that a worker that is away for a week costs nothing. */
const daysAhead = 9;

/** Creates the partitions of the days to come. Safe to run at any time, from several processes. */
export async function prepareDays(executor: Executor): Promise<void> {
  await query(executor, {
    text: `select create_day_partitions((now() at time zone 'UTC')::date - 1, $1::integer)`,
    values: [daysAhead],
  });
}

/** Forgets idempotency keys older than `hours`. */
export async function forgetOldKeys(executor: Executor, hours: number): Promise<void> {
  await query(executor, {
    text: `delete from idempotency_key where created_at < now() - $1::float8 * interval '1 hour'`,
    values: [hours],
  });
}

/**
 * The days (YYYYMMDD) older than the retention in which every delivery has ended. The first minute of the day after
 * counts with each day: a delivery made just past midnight needs the event that was stored just before it.
 */
export async function expiredDays(executor: Executor, retentionDays: number): Promise<readonly string[]> {
  const rows = await query<{ day: string }>(executor, {
    text: `
      select day from (
        select right(inhrelid::regclass::text, 8) as day from pg_inherits
        where inhparent = 'delivery'::regclass and inhrelid::regclass::text ~ '^delivery_[0-9]{8}$') as days
      where to_date(day, 'YYYYMMDD') < (now() at time zone 'UTC')::date - $1::integer
        and not exists (
          select from delivery where settled_at is null
            and id >= uuid_floor(to_date(day, 'YYYYMMDD')::timestamp at time zone 'UTC')
            and id < uuid_floor((to_date(day, 'YYYYMMDD') + 1)::timestamp at time zone 'UTC' + interval '1 minute'))
      order by day`,
    values: [retentionDays],
  });
  return rows.map((row) => row.day);
}

/** Forgets replays that ended longer ago than the retention, and what became of each of their deliveries. */
export async function forgetOldReplays(executor: Executor, retentionDays: number): Promise<void> {
  await query(executor, {
    text: `delete from replay where ended_at < now() - $1::float8 * interval '1 day'`,
    values: [retentionDays],
  });
}

/** Drops one day of events, deliveries and attempts. */
export async function dropDay(executor: Executor, day: string): Promise<void> {
  if (!/^\d{8}$/.test(day)) throw new Error(`Not a day of the form YYYYMMDD: ${day}`);
  await query(executor, {
    text: `drop table if exists attempt_${day}, delivery_${day}, event_${day}`,
    values: [],
  });
}

/**
 * Removes what is past the retention from the default partitions, which hold what no day was prepared for.
 * Unfinished deliveries stay, with their events and attempts.
 */
export async function emptyDefaults(executor: Executor, retentionDays: number): Promise<void> {
  await query(executor, {
    text: `
      with old as (
        delete from delivery_default
        where id < uuid_floor(now() - $1 * interval '1 day') and settled_at is not null returning id
      ), attempts as (
        delete from attempt_default where delivery_id in (select id from old)
      )
      delete from event_default
      where id < uuid_floor(now() - $1 * interval '1 day')
        and not exists (select from delivery where delivery.event_id = event_default.id and settled_at is null)`,
    values: [retentionDays],
  });
}
