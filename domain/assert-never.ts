/** Ends an exhaustive switch: the compiler refuses a case that was forgotten, and a stranger at run time is named. */
export function assertNever(stranger: never): never {
  throw new Error(`Not one of the known cases: ${JSON.stringify(stranger)}`);
}
