/**
 * A line: the deliveries of one hook with one order key, by their numbers. Who is in line, and who stands before whom, as
 * conditions for statements. A delivery that was redelivered by hand has left its line.
 */

/**
 * The condition that a delivery stands in line: it has not ended, or it was cancelled while an attempt was under way, which
 * is waited for. The first half is the partial index's own.
 */
export const inLine = (delivery: string): string => `
  ${delivery}.order_number is not null
  and (${delivery}.settled_at is null or ${delivery}.state = 'cancelled' and ${delivery}.attempting_until is not null)
  and (${delivery}.settled_at is null or ${delivery}.attempting_until > now())`;

/** The condition that a delivery waits for its turn: it has no workflow, and nobody knows when it will be due. */
export const waitsForTurn = (delivery: string): string =>
  `${delivery}.state = 'waiting' and ${delivery}.started_at is null and ${delivery}.due_at is null`;

/** The first delivery in line before another: its id. */
export const firstBefore = (delivery: string): string => `
  select earlier.id from delivery earlier
  where earlier.hook_id = ${delivery}.hook_id and earlier.order_key = ${delivery}.order_key
    and earlier.order_number < ${delivery}.order_number and ${inLine('earlier')}
  order by earlier.order_number limit 1`;
