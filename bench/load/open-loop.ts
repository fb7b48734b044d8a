/**
 * Sends on time, whatever became of what was sent before: each request has its moment fixed in advance, and its latency
 * counts from that moment. A sender that waits for replies would leave out the very moments in which a server stalls.
 */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../clock.ts';

/** A request that was sent, and when. */
export interface Timed<Answer> {
  readonly dueMs: number;
  /** When it was handed to the client; what is later than due is the generator's own lateness. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly answer: Answer;
}

/** A timer may be this late, so the last stretch before a due moment is waited for turn by turn. */
const timerLatenessMs = 1;

/** The moments at which requests are due: evenly spread, or all at once when there is no rate. */
export function dueTimes(startMs: number, count: number, perSecond: number | undefined): readonly number[] {
  const intervalMs = perSecond === undefined ? 0 : 1000 / perSecond;
  return Array.from({ length: count }, (_, index) => startMs + index * intervalMs);
}

/**
 * Sends each request at its due moment and resolves when all are answered.
 *
 * @param dues moments on the bench's clock, ascending
 * @param send sends the request of an index; must not reject
 */
export async function runOpenLoop<Answer>(
  dues: readonly number[],
  send: (index: number) => Promise<Answer>,
): Promise<readonly Timed<Answer>[]> {
  const underWay: Promise<Timed<Answer>>[] = [];
  for (const [index, dueMs] of dues.entries()) {
    await untilDue(dueMs);
    underWay.push(sendTimed(dueMs, () => send(index)));
  }
  return Promise.all(underWay);
}

async function sendTimed<Answer>(dueMs: number, send: () => Promise<Answer>): Promise<Timed<Answer>> {
  const startedMs = nowMs();
  const answer = await send();
  return { dueMs, startedMs, endedMs: nowMs(), answer };
}

/** Waits exactly where requests are far apart; where they are close together, to the millisecond, sparing the machine. */
async function untilDue(dueMs: number): Promise<void> {
  let hasSlept = false;
  for (let leftMs = dueMs - nowMs(); leftMs > 0; leftMs = dueMs - nowMs()) {
    if (leftMs > 2 * timerLatenessMs) {
      await delay(Math.floor(leftMs - timerLatenessMs));
      hasSlept = true;
    } else if (hasSlept) await nextTurn();
    else await delay(1);
  }
}
