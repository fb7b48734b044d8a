/**
 * Group dispatch: which group runs a delivery's first attempt, and how quickly each hook's receiver answers.
 * What waits to be started is found by what it waits for: a quick turn or a slow one.
 */
import { Migration } from '@mikro-orm/migrations';

export class GroupDispatch extends Migration {
  override up(): void {
    this.addSql(`
      alter table hook add column reply_ms integer;
      alter table delivery add column group_id uuid, add column slow boolean not null default false;
      drop index delivery_unstarted;
      create index delivery_unstarted on delivery (slow, id) where started_at is null and state = 'pending';
      create index delivery_by_group on delivery (group_id) where group_id is not null and state <> 'delivered';
    `);
  }

  override down(): void {
    this.addSql(`
      drop index delivery_by_group;
      drop index delivery_unstarted;
      create index delivery_unstarted on delivery (id) where started_at is null and settled_at is null;
      alter table delivery drop column group_id, drop column slow;
      alter table hook drop column reply_ms;
    `);
  }
}
