/**
 * Freezes values that expressions share.
 * Runs inside of the realm, as text: never refers to anything outside of the function.
 */

/** Freezes a value with all that it holds, shows each object to `visit` first, and returns how many there are. */
export function freezeDeeply(root: unknown, visit?: (object: object) => void): number {
  const seen = new Set<object>();
  const left = [root];
  while (left.length > 0) {
    const value = left.pop();
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value))
      continue;
    seen.add(value);
    visit?.(value);
    Object.freeze(value);
    for (const held of Object.values(value)) left.push(held);
  }
  return seen.size;
}
