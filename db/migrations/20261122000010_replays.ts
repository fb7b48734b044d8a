/** Bulk replays: what was asked for, how far it is, and what became of each delivery. */
import { Migration } from '@mikro-orm/migrations';

export class Replays extends Migration {
  override up(): void {
    this.addSql(`
      create table replay (
        id uuid primary key default uuidv7(),
        hook_id uuid not null references hook (id) on delete cascade,
        state text not null default 'counting' check (state in
          ('counting', 'running', 'paused', 'done', 'cancelled', 'failed')),
        reason text,
        username text not null,
        since timestamptz not null,
        until timestamptz not null,
        states text[] not null,
        event_types text[],
        rate double precision not null check (rate > 0),
        collected_to uuid,
        counted_at timestamptz,
        matched integer not null default 0,
        done integer not null default 0,
        failed integer not null default 0,
        skipped integer not null default 0,
        paced_from timestamptz,
        paced_after integer not null default 0,
        created_at timestamptz not null default now(),
        started_at timestamptz,
        ended_at timestamptz,
        check ((ended_at is null) = (state in ('counting', 'running', 'paused')))
      );
      create index replay_by_hook on replay (hook_id, id);
      create index replay_open on replay (id) where ended_at is null;

      create table replay_item (
        replay_id uuid not null references replay (id) on delete cascade,
        delivery_id uuid not null,
        run integer,
        result text check (result in ('delivered', 'failed', 'skipped')),
        primary key (replay_id, delivery_id)
      );
      create index replay_item_open on replay_item (replay_id, delivery_id) where result is null;
    `);
  }

  override down(): void {
    this.addSql('drop table replay_item, replay');
  }
}
