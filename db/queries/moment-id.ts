/**
 * Moments as ids. A statement that is told in which range its ids lie leaves out, before it begins, the partitions of all
 * other days; without a range it prepares to read every day there is.
 */

/** The least UUIDv7 of a moment, in milliseconds since the epoch. */
export function floorOf(epochMs: number): string {
  const hex = epochMs.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}
