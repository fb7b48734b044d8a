/** Says that something which the API depends on cannot answer at present: neither the caller's fault nor a bug. */

/** Thrown when a service of the platform's is away; the caller is told to come again. */
export class Unavailable extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'Unavailable';
  }
}
