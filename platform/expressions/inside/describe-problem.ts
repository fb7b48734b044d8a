/**
 * Says what went wrong in an expression, in one bounded line for its author, from whatever the library threw.
 * Runs inside of the realm, as text: never refers to anything outside of the function.
 */

/** What went wrong, and where. */
export interface Described {
  readonly message: string;
  /** An index into the text; undefined where the place is not known. */
  readonly position: number | undefined;
}

/** Describes what was thrown while an expression was compiled or evaluated. */
export function describeProblem(
  thrown: unknown,
  text: string,
  limits: { readonly messageCharacters: number; readonly sequenceItems: number },
): Described {
  const { code, message, position } = (
    typeof thrown === 'object' && thrown !== null ? thrown : { message: thrown }
  ) as Readonly<Record<string, unknown>>;
  const said = typeof message === 'string' ? message : '';
  const place = (index: number): number => Math.max(0, Math.min(text.length, Math.trunc(index)));
  const found = typeof position === 'number' && Number.isFinite(position) ? place(position) : undefined;

  if (code === 'D1011' || said === 'Maximum call stack size exceeded')
    return { message: 'It recursed too deeply.', position: found };
  if (thrown instanceof RangeError && /^invalid (?:string|array) length$/i.test(said))
    return { message: 'It needed too much memory.', position: found };
  if (code === 'D2014' || code === 'D2015')
    return {
      message: `It made a sequence of more than ${limits.sequenceItems} items.`,
      position: found,
    };
  const expression = /^Invalid regular expression: \/(.*)\/[a-z]*: /s.exec(said)?.[1];
  const regular = expression === undefined ? -1 : text.indexOf(`/${expression}/`);
  const line = said.slice(0, 4 * limits.messageCharacters).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  const short =
    line.length > limits.messageCharacters ? `${line.slice(0, limits.messageCharacters - 1)}…` : line;
  return {
    message: (short.trim() || 'It failed and did not say why.').toWellFormed(),
    position: found ?? (regular < 0 ? undefined : regular),
  };
}
