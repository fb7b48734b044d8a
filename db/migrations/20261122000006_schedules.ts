/**
 * Schedules that change and begin anew: what was attempted before a delivery was reopened, in which run of its workflow that
 * was, and an index that finds what is to be woken by when it is due.
 */
import { Migration } from '@mikro-orm/migrations';

export class Schedules extends Migration {
  override up(): void {
    this.addSql(`
      alter table delivery add column attempts_before integer not null default 0, add column reopened_in text;
      create index delivery_to_wake_by_time on delivery (due_at) where wake_requested and settled_at is null;
      drop index delivery_to_wake;
    `);
  }

  override down(): void {
    this.addSql(`
      create index delivery_to_wake on delivery (id) where wake_requested and settled_at is null;
      drop index delivery_to_wake_by_time;
      alter table delivery drop column attempts_before, drop column reopened_in;
    `);
  }
}
