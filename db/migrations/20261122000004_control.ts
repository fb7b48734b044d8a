/** Control over deliveries: attempts that are made although the hook is off, and who asked for what. */
import { Migration } from '@mikro-orm/migrations';

export class Control extends Migration {
  override up(): void {
    this.addSql(`
      alter table delivery add column forced_attempt integer, add column asked_at timestamptz;
      alter table attempt add column by_hand boolean not null default false;
      create table audit (
        id uuid primary key default uuidv7(),
        at timestamptz not null default now(),
        username text not null,
        action text not null,
        delivery_id uuid not null,
        request_id text not null,
        details json
      );
      create index audit_by_delivery on audit (delivery_id, id);
    `);
  }

  override down(): void {
    this.addSql(
      'drop table audit; alter table attempt drop column by_hand; alter table delivery drop column forced_attempt, drop column asked_at;',
    );
  }
}
