/**
 * Limits of a hook: how many requests a second it takes and how many at once, who is next in its line, and what finds the
 * hooks that have something waiting without reading all that waits.
 */
import { Migration } from '@mikro-orm/migrations';

export class Limits extends Migration {
  override up(): void {
    this.addSql(`
      alter table hook
        add column rate_limit_per_second double precision check (rate_limit_per_second between 0.001 and 1000),
        add column max_in_flight smallint check (max_in_flight between 1 and 1000);
      alter table delivery add column turn_at timestamptz;
      create table hook_line (
        hook_id uuid primary key references hook (id) on delete cascade,
        next_at timestamptz not null default '-infinity',
        line_at timestamptz not null default '-infinity'
      ) with (fillfactor = 50);
      create table hook_lease (
        hook_id uuid not null references hook (id) on delete cascade,
        slot smallint not null,
        holder uuid not null,
        expires_at timestamptz not null,
        primary key (hook_id, slot)
      ) with (fillfactor = 50);
      create index delivery_by_turn on delivery (hook_id, turn_at) where turn_at is not null and state = 'waiting';
      create index delivery_unstarted_by_hook on delivery (slow, repository_id, hook_id, id)
        where started_at is null and state = 'pending';
    `);
  }

  override down(): void {
    this.addSql(`
      drop index delivery_unstarted_by_hook, delivery_by_turn;
      drop table hook_lease, hook_line;
      alter table delivery drop column turn_at;
      alter table hook drop column rate_limit_per_second, drop column max_in_flight;
    `);
  }
}
