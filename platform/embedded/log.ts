/** The few words an embedded server needs to say what happens to it. */

/** What is needed of a logger: fields first, as pino has it. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
