/** Waiting for something that others have at present. Knows nothing of what it is, or of who comes next. */

/**
 * Waits to be given something.
 *
 * @param join takes a place in the line and answers how to leave it; what it is given, it calls with what was waited for
 * @param waitMs at most so long; undefined for as long as the signal lets it
 * @returns what it was given, or undefined when time was up
 * @throws the signal's reason
 */
export function waitInLine<Granted>(
  join: (enter: (granted: Granted) => void) => () => void,
  waitMs: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Granted | undefined> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      leaveLine();
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const enter = (granted: Granted): void => {
      leave();
      resolve(granted);
    };
    const abort = (): void => {
      leave();
      reject(signal?.reason as Error); // Whatever the caller chose; it is handed back as it came.
    };
    const giveUp = (): void => {
      leave();
      resolve(undefined);
    };
    const leaveLine = join(enter);
    const timer = waitMs === undefined ? undefined : setTimeout(giveUp, waitMs);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
  });
}
