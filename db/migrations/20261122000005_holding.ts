/**
 * Hooks that are paused, drained and probed. Whether a hook delivers is one column, so that nobody forgets a part of it;
 * a drain holds back only what is new, which queues behind what is held.
 */
import { Migration } from '@mikro-orm/migrations';

export class Holding extends Migration {
  override up(): void {
    this.addSql(`
      alter table hook
        add column paused_at timestamptz,
        add column paused_until timestamptz,
        add column pause_holds boolean not null default true,
        add column delivers boolean not null generated always as (active and paused_at is null) stored,
        add column draining_since timestamptz,
        add column drain_rate double precision check (drain_rate > 0),
        add column drained integer not null default 0,
        add column drain_total integer not null default 0,
        add column drain_ended_at timestamptz,
        add column probe_when_disabled boolean not null default false,
        add column probe_at timestamptz,
        add column probe_count integer not null default 0,
        add column probe_delivery_id uuid,
        add check (paused_until is null or paused_at is not null);
      create index hook_to_tend on hook (id)
        where paused_until is not null or draining_since is not null or drain_ended_at is not null or probe_when_disabled;
    `);
  }

  override down(): void {
    this.addSql(`
      drop index hook_to_tend;
      alter table hook drop column delivers;
      alter table hook drop column paused_at, drop column paused_until, drop column pause_holds,
        drop column draining_since, drop column drain_rate, drop column drained, drop column drain_total,
        drop column drain_ended_at, drop column probe_when_disabled, drop column probe_at, drop column probe_count,
        drop column probe_delivery_id;
    `);
  }
}
