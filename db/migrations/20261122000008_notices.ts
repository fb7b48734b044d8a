/**
 * Notices to owners: what is to be told of a hook, written beside what brought it about and deleted when it has become
 * deliveries; what was told of each hook; and the hook that a repository's address for notices owns.
 */
import { Migration } from '@mikro-orm/migrations';

export class Notices extends Migration {
  override up(): void {
    this.addSql(`
      create table notice (
        id uuid primary key default uuidv7(),
        at timestamptz not null default now(),
        type text not null check (type in ('hook.failing', 'hook.disabled', 'hook.recovered', 'delivery.exhausted')),
        repository_id uuid not null,
        hook_id uuid not null,
        delivery_id uuid not null,
        event_type text not null,
        attempts integer not null,
        outcome text not null,
        status_code integer,
        disabled_reason text,
        mailed boolean not null,
        check ((disabled_reason is null) = (type <> 'hook.disabled'))
      );
      alter table repository add column notice_email text;
      alter table hook
        add column internal boolean not null default false,
        add column trouble_told_at timestamptz,
        add column failing_told_at timestamptz,
        add column exhausted_mailed_at timestamptz;
      alter table delivery add column failing_told boolean not null default false;
      drop index hook_of_service;
      create unique index hook_of_service on hook (repository_id, service)
        where service <> 'web' and deleted_at is null and not internal;
      create unique index hook_of_notices on hook (repository_id) where internal and deleted_at is null;
    `);
  }

  override down(): void {
    this.addSql(`
      delete from hook where internal;
      drop index hook_of_notices;
      drop index hook_of_service;
      create unique index hook_of_service on hook (repository_id, service)
        where service <> 'web' and deleted_at is null;
      alter table delivery drop column failing_told;
      alter table hook drop column internal, drop column trouble_told_at, drop column failing_told_at,
        drop column exhausted_mailed_at;
      alter table repository drop column notice_email;
      drop table notice;
    `);
  }
}
