/**
 * The one clock of the bench: monotonic, and the same in every process of a machine, so that a moment taken by the
 * generator and one taken by the receiver can be subtracted. Not a date: it counts from the machine's start.
 */

/** Milliseconds, with microseconds behind the point. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
