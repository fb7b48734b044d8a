/**
 * When a delivery may be attempted, until when, and after which others: what its producer says, and the place in a hook's
 * payloads where the key of the order is found. A delivery is in line while it has an order number.
 */
import { Migration } from '@mikro-orm/migrations';

/**
 * The key that a payload has at a dotted path; null when it has none. PostgreSQL refuses to look into a payload that holds
 * text which it cannot keep: such text counts as a replacement character.
 */
const orderKeyFunction = `
create function order_key_of(payload text, path text) returns text language sql immutable strict as $$
  select nullif(left(
    (case when pg_input_is_valid(payload, 'jsonb') then payload
      else regexp_replace(payload, '\\\\u(0000|d[89a-f][0-9a-f]{2})', '\\ufffd', 'gi') end)::json
    #>> string_to_array(path, '.'), 200), '')
$$;
`;

/**
 * The number of the next who joins a line. Locks some lines until the transaction has ended, so that whoever joins one of
 * them later has the higher number and is seen later. The first of the lock's two numbers is its kind, "line" in ASCII.
 */
const joinLineFunction = `
create function join_line(lock_number bigint) returns bigint language sql volatile as $$
  select pg_advisory_xact_lock(1818848869, lock_number::integer);
  select nextval('delivery_order_number');
$$;
`;

export class Ordering extends Migration {
  override up(): void {
    this.addSql(`
      alter table hook add column order_key text;
      alter table delivery
        add column deliver_at timestamptz,
        add column expires_at timestamptz,
        add column order_key text,
        add column order_number bigint,
        add column attempting_until timestamptz,
        add check (order_number is null or order_key is not null);
      create sequence delivery_order_number owned by delivery.order_number;
      create index delivery_parked on delivery (due_at) where state = 'waiting' and started_at is null;
      create index delivery_to_expire on delivery (expires_at)
        where expires_at is not null and settled_at is null and started_at is null;
      create index delivery_in_line on delivery (hook_id, order_key, order_number)
        where order_number is not null and (settled_at is null or state = 'cancelled' and attempting_until is not null);
    `);
    this.addSql(orderKeyFunction);
    this.addSql(joinLineFunction);
  }

  override down(): void {
    this.addSql(`
      drop function join_line(bigint);
      drop function order_key_of(text, text);
      drop index delivery_in_line, delivery_to_expire, delivery_parked;
      alter table delivery drop column deliver_at, drop column expires_at, drop column order_number,
        drop column order_key, drop column attempting_until;
      alter table hook drop column order_key;
    `);
  }
}
