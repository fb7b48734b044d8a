/** Measures how deep a value nests, without going deeper itself than it is asked about. */

/** True when arrays and objects within a value nest deeper than `levels`, the value itself being the first. */
export function nestsDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => nestsDeeperThan(inner, levels - 1));
}
