/**
 * Writes what an expression gave as JSON, within bounds: nothing that JSON cannot carry, nothing too long or too deep.
 * Runs inside of the realm, as text: never refers to anything outside of the function.
 */

/** The bounds on what is written. */
export interface WriteLimits {
  readonly resultBytes: number;
  readonly resultDepth: number;
}

/** The JSON of a value; undefined for none. Throws an Error whose message is a sentence for the author. */
export function writeJson(value: unknown, limits: WriteLimits): string | undefined {
  const tooLarge = `Its result is larger than ${limits.resultBytes} bytes.`;
  let left = limits.resultBytes;
  const refuse = (message: string): never => {
    throw Object.assign(new Error(message), { code: '' });
  };
  const spend = (characters: number): void => {
    left -= characters;
    if (left < 0) refuse(tooLarge);
  };
  const written = (text: string): string => {
    spend(text.length);
    return text;
  };

  const write = (item: unknown, depth: number): string => {
    if (typeof item === 'string') {
      if (item.length > left) refuse(tooLarge);
      return written(JSON.stringify(item));
    }
    if (item === null || item === undefined) return written('null');
    if (typeof item === 'object') return writeObject(item, depth);
    if (typeof item === 'boolean') return written(String(item));
    if (typeof item !== 'number') return refuse('Its result holds a function, which JSON cannot carry.');
    if (!Number.isFinite(item)) refuse('Its result holds a number that JSON cannot carry.');
    return written(JSON.stringify(item));
  };
  const writeObject = (object: object, depth: number): string => {
    if (depth === limits.resultDepth)
      refuse(`Its result is nested deeper than ${limits.resultDepth} levels.`);
    spend(2);
    if (Array.isArray(object)) {
      const items: string[] = [];
      for (const item of object as readonly unknown[]) {
        spend(1);
        items.push(write(item, depth + 1));
      }
      return `[${items.join(',')}]`;
    }
    const members: string[] = [];
    for (const [key, member] of Object.entries(object)) {
      if (member === undefined) continue;
      spend(2);
      members.push(`${write(key, depth)}:${write(member, depth + 1)}`);
    }
    return `{${members.join(',')}}`;
  };
  return value === undefined ? undefined : write(value, 0);
}
