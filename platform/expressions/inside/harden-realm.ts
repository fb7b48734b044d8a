/**
 * Makes the realm's own JavaScript safe to share between expressions: a clock that is set, and nothing to change.
 * Runs inside of the realm, as text: never refers to anything outside of the function.
 */

/** Replaces the clock, removes what no expression needs and freezes the rest. Returns how to set the clock. */
export function hardenRealm(): (nowMs: number) => void {
  let now = 0;
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given) => Reflect.construct(target, given.length === 0 ? [now] : given) as Date,
  });
  RealDate.now = () => now;
  Math.random = () => {
    throw new Error('Chance is not available: the same input must give the same result');
  };
  for (const name of ['console', 'WebAssembly', 'SharedArrayBuffer', 'Atomics'])
    Reflect.deleteProperty(globalThis, name);
  Reflect.deleteProperty(Object.prototype, '__proto__');
  // A stack trace costs much and is shown to nobody.
  Error.stackTraceLimit = 0;

  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const value: unknown = Reflect.get(globalThis, name);
    if (
      value === globalThis ||
      ((typeof value !== 'object' || value === null) && typeof value !== 'function')
    )
      continue;
    const { prototype } = value as { readonly prototype?: object };
    // The library gives each sequence a `push` of its own, which a frozen prototype would forbid.
    if (value === Array) Object.seal(prototype);
    else if (typeof prototype === 'object') Object.freeze(prototype);
    Object.freeze(value);
  }
  return (nowMs) => {
    now = nowMs;
  };
}
