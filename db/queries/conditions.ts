/**
 * Puts the conditions of a listing together from those of its filters that are set, so that each combination is a
 * statement whose plan fits it. Texts are ours; every value is a bound parameter.
 */

/** A filter: its value, null when it is not set, and the condition with `$?` for the value's parameter. */
export type Filter = readonly [value: unknown, condition: string];

/** The conditions joined by `and`, `true` when there are none, and the values of their parameters from $1 on. */
export function conditionsOf(filters: readonly Filter[]): {
  readonly text: string;
  readonly values: unknown[];
} {
  const set = filters.filter(([value]) => value !== null);
  return {
    text: ['true', ...set.map(([, condition], index) => condition.replaceAll('$?', `$${index + 1}`))].join(
      '\n and ',
    ),
    values: set.map(([value]) => value),
  };
}
