/**
 * The first schema: repositories, people's tokens, hooks; events, deliveries and attempts partitioned by day.
 * Never edited after a release: later changes are migrations of their own.
 */
import { Migration } from '@mikro-orm/migrations';

/**
 * Management tables. Rows here are few; MikroORM's entities describe the same columns.
 */
const managementTables = `
create table repository (
  id uuid primary key default uuidv7(),
  external_id text,
  owner text not null,
  name text not null,
  organization text,
  admins text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (owner, name)
);

create table access_token (
  id uuid primary key default uuidv7(),
  hash bytea not null unique,
  username text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz
);

create table hook (
  id uuid primary key default uuidv7(),
  number bigint generated always as identity unique,
  repository_id uuid not null references repository (id) on delete cascade,
  service text not null default 'web' check (service = 'web'),
  url text not null,
  events text[] not null check (cardinality(events) > 0),
  format text not null default 'sigmagit' check (format in ('sigmagit', 'standard')),
  active boolean not null default true,
  secret bytea,
  previous_secret bytea,
  previous_secret_until timestamptz,
  headers bytea,
  schedule integer[],
  timeout_seconds smallint not null default 30 check (timeout_seconds between 1 and 30),
  store_response_body boolean not null default true,
  disable_after_consecutive_failures integer check (disable_after_consecutive_failures > 0),
  disabled_at timestamptz,
  disabled_reason text,
  failure_count integer not null default 0,
  last_delivery_at timestamptz,
  last_delivery_status text check (last_delivery_status in ('success', 'failed')),
  last_success_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index hook_by_repository on hook (repository_id, number) where deleted_at is null;
`;

/**
 * The stream. Each row lives in the partition of the day in its UUIDv7; an attempt lives with its delivery,
 * so that (delivery, run, attempt) can be unique and a day is dropped whole.
 * A column of type json keeps the payload's text to the byte, which jsonb would not.
 */
const streamTables = `
create table event (
  id uuid not null default uuidv7(),
  repository_id uuid not null,
  type text not null,
  payload json not null,
  accepted_at timestamptz not null default now(),
  primary key (id)
) partition by range (id);
create index event_by_repository on event (repository_id, id);

create table idempotency_key (
  repository_id uuid not null references repository (id) on delete cascade,
  key text not null,
  request_hash bytea not null,
  event_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (repository_id, key)
);
create index idempotency_key_by_age on idempotency_key (created_at);

create table delivery (
  id uuid not null default uuidv7(),
  event_id uuid not null,
  hook_id uuid not null,
  repository_id uuid not null,
  event_type text not null,
  state text not null default 'pending' check (state in
    ('pending', 'waiting', 'held', 'delivered', 'exhausted', 'rejected', 'cancelled', 'expired')),
  run integer not null default 0,
  attempts integer not null default 0,
  accepted_at timestamptz not null default now(),
  first_attempt_at timestamptz,
  due_at timestamptz default now(),
  held_at timestamptz,
  settled_at timestamptz,
  started_at timestamptz,
  claimed_until timestamptz,
  wake_requested boolean not null default false,
  primary key (id),
  check ((settled_at is null) = (state in ('pending', 'waiting', 'held'))),
  check ((held_at is null) = (state <> 'held'))
) partition by range (id);
create index delivery_by_hook on delivery (hook_id, id);
create index delivery_by_repository on delivery (repository_id, id);
create index delivery_by_event on delivery (event_id);
create index delivery_unstarted on delivery (id) where started_at is null and settled_at is null;
create index delivery_to_wake on delivery (id) where wake_requested and settled_at is null;
create index delivery_due on delivery (due_at) where settled_at is null;
create index delivery_open_by_hook on delivery (hook_id, id) where settled_at is null;

create sequence attempt_number;
create table attempt (
  delivery_id uuid not null,
  run integer not null,
  attempt integer not null,
  id uuid not null default uuidv7(),
  number bigint not null default nextval('attempt_number'),
  hook_id uuid not null,
  event_id uuid not null,
  event_type text not null,
  outcome text not null,
  delivered boolean generated always as (outcome = 'delivered') stored,
  status_code integer,
  error text,
  retry_after_ms bigint,
  request_headers json not null,
  response_headers json,
  response_body bytea,
  response_truncated boolean not null default false,
  interrupted boolean not null default false,
  duration_ms integer not null,
  started_at timestamptz not null,
  ended_at timestamptz not null default now(),
  primary key (delivery_id, run, attempt)
) partition by range (delivery_id);
alter sequence attempt_number owned by attempt.number;
create index attempt_by_hook on attempt (hook_id, id) include (delivered);
`;

/**
 * Partitions by day. The default partition is a net, so that a day nobody prepared refuses no event.
 */
const partitionFunctions = `
create function uuid_floor(moment timestamptz) returns uuid language sql immutable strict as $$
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

create function create_day_partitions(first_day date, day_count integer) returns void language plpgsql as $$
declare
  parent text;
  day date;
begin
  perform pg_advisory_xact_lock(hashtext('holdfast.partitions'));
  foreach parent in array array['event', 'delivery', 'attempt'] loop
    for offset_days in 0 .. day_count - 1 loop
      day := first_day + offset_days;
      if to_regclass(format('%I', parent || to_char(day, '_YYYYMMDD'))) is null then
        begin
          execute format('create table %I partition of %I for values from (%L) to (%L)',
            parent || to_char(day, '_YYYYMMDD'), parent,
            uuid_floor(day::timestamp at time zone 'UTC'), uuid_floor((day + 1)::timestamp at time zone 'UTC'));
        exception when check_violation then
          -- Rows of that day are in the default partition already: they stay there, and so does the day.
          null;
        end;
      end if;
    end loop;
  end loop;
end
$$;

create table event_default partition of event default;
create table delivery_default partition of delivery default;
create table attempt_default partition of attempt default;
select create_day_partitions((now() at time zone 'UTC')::date - 1, 9);
`;

export class Initial extends Migration {
  override up(): void {
    this.addSql(managementTables);
    this.addSql(streamTables);
    this.addSql(partitionFunctions);
  }

  override down(): void {
    this.addSql(
      'drop table attempt, delivery, idempotency_key, event, hook, access_token, repository; ' +
        'drop function create_day_partitions(date, integer); drop function uuid_floor(timestamptz)',
    );
  }
}
