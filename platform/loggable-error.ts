/**
 * What the log may know of an error: what it is, what it says first, where it happened, and what caused it.
 * Further lines of the message and the fields that the database's driver adds (detail, where) quote rows,
 * which are payloads and secrets.
 */

/** An error as it is logged. */
export interface LoggableError {
  readonly type: string;
  readonly message: string;
  readonly code?: unknown;
  /** The places it came through, without the message that a stack begins with. */
  readonly stack: readonly string[];
  readonly cause?: LoggableError;
}

/** Causes that are followed. */
const depthMost = 5;

/** Places of a stack that are kept. */
const placesMost = 20;

/** An error without what may quote data. */
export function loggableError(error: unknown, depth = 0): LoggableError {
  if (!(error instanceof Error))
    return { type: typeof error, message: 'What was thrown is no error', stack: [] };
  const { code } = error as { readonly code?: unknown };
  const places = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line));
  return {
    type: error.name,
    message: error.message.split('\n', 1)[0] ?? '',
    ...(code === undefined ? {} : { code }),
    stack: places.slice(0, placesMost).map((line) => line.trim()),
    ...(error.cause === undefined || depth >= depthMost
      ? {}
      : { cause: loggableError(error.cause, depth + 1) }),
  };
}
