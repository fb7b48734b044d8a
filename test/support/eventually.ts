/** Waits for something that can only be looked at, such as a row or a reply: looks again and again until it holds. */
import { setTimeout as delay } from 'node:timers/promises';

/** Looks until the answer is not undefined; fails with `what` after the deadline. */
export async function eventually<Result>(
  what: string,
  look: () => Promise<Result | undefined>,
  deadlineMs = 15_000,
): Promise<Result> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const result = await look();
    if (result !== undefined) return result;
    if (Date.now() > deadline) throw new Error(`Not within ${deadlineMs} ms: ${what}`);
    await delay(50);
  }
}
