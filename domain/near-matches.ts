/**
 * Finds the known names closest to a misspelt one, for error messages that help.
 * Never corrects silently: it only suggests.
 */

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

/** A name that the other only goes on from is hardly farther than one letter. */
function distanceOf(wanted: string, name: string): number {
  if (wanted === name) return 0;
  const distance = editDistance(wanted, name);
  return name.startsWith(wanted) || wanted.startsWith(name) ? Math.min(distance, 1.5) : distance;
}

/** Up to three of `names` that resemble `given`, the nearest first. An empty text and one past 100 characters resemble none. */
export function nearMatches(given: string, names: readonly string[]): readonly string[] {
  if (given === '' || given.length > 100) return [];
  const wanted = given.toLowerCase();
  return names
    .map((name) => ({
      name,
      distance: distanceOf(wanted, name),
      lengths: Math.abs(name.length - wanted.length),
    }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance || a.lengths - b.lengths)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** What to tell somebody who named an event that there is not: with the names that resemble it. */
export function unknownEvent(name: string, names: readonly string[]): string {
  const near = nearMatches(name, names);
  const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
  return `There is no event ${JSON.stringify(name.slice(0, 100))}${hint}`;
}
