/**
 * Leases on the requests that may be under way to a receiver at once, shared by all processes. One that its holder does
 * not give back, because it died, is free after its end.
 */
import { query, withoutWaitingForTheDisk, type Executor } from '../query.ts';

/** A lease to take. */
export interface LeaseToTake {
  readonly hookId: string;
  /** Leases of the hook there are. */
  readonly most: number;
  /** Names it; made by the caller. */
  readonly holder: string;
  /** Milliseconds after which others may have it. */
  readonly lastsMs: number;
}

/** Takes a lease; answers its number, from 1, or undefined when others have them all or take one at this moment. */
export async function takeLease(
  executor: Executor,
  { hookId, most, holder, lastsMs }: LeaseToTake,
): Promise<number | undefined> {
  const rows = await query<{ readonly slot: number }>(executor, {
    name: 'take-lease',
    text: `
      insert into hook_lease as lease (hook_id, slot, holder, expires_at)
      select $1, slot, $3, clock_timestamp() + $4::float8 * interval '1 ms'
      from generate_series(1, $2::integer) as slot
      where not exists (
        select from hook_lease as held
        where held.hook_id = $1 and held.slot = slot.slot and held.expires_at > clock_timestamp())
      order by random() limit 1
      on conflict (hook_id, slot) do update set holder = excluded.holder, expires_at = excluded.expires_at
        where lease.expires_at <= clock_timestamp()
      returning slot, ${withoutWaitingForTheDisk}`,
    values: [hookId, most, holder, lastsMs],
  });
  return rows[0]?.slot;
}

/** Gives a lease back. One that others have by now is left to them. */
export async function dropLease(
  executor: Executor,
  hookId: string,
  slot: number,
  holder: string,
): Promise<void> {
  await query(executor, {
    name: 'drop-lease',
    text: `
      update hook_lease set expires_at = '-infinity' where hook_id = $1 and slot = $2 and holder = $3
      returning ${withoutWaitingForTheDisk}`,
    values: [hookId, slot, holder],
  });
}
