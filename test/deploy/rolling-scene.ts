/**
 * A rolling restart as an operator makes it: worker processes are replaced one after the other while events keep coming
 * and a slow receiver keeps requests under way. Says what arrived; judges nothing.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { startHoldfast } from '../support/holdfast.ts';
import { readLedger, type Ledger } from '../support/ledger.ts';
import { makeHook, makeRepository, plainPayload } from '../support/make.ts';
import { createProductionWorkers } from '../support/production-workers.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Child, Ending } from './child.ts';

/** What is restarted under which load. */
export interface RollingOptions {
  /** Workers beside each other. */
  readonly workers: number;
  /** How often each of them is replaced. */
  readonly rounds: number;
  /** Events reported at once, again and again. */
  readonly batch: number;
  /** Milliseconds between two reports. */
  readonly everyMs: number;
  /** Milliseconds that the slow receiver takes to answer. */
  readonly slowMs: number;
}

/** What came of it. */
export interface RollingOutcome {
  /** Deliveries that were promised. */
  readonly promised: number;
  readonly ledger: Ledger;
  /** How each worker that was replaced ended. */
  readonly endings: readonly Ending[];
  /** For each worker that was replaced, the requests that the slow receiver owed an answer when it was told to stop. */
  readonly underWay: readonly number[];
}

/** Longer than the grace that a worker gives its attempts. */
const stopMs = 45_000;

const settledMs = 60_000;

/** Plays it, and stops all that it started. */
export async function playRollingRestart(options: RollingOptions): Promise<RollingOutcome> {
  const encryptionKeys = `test:${randomBytes(32).toString('base64')}`;
  const holdfast = await startHoldfast({ engine: false, env: { HOLDFAST_ENCRYPTION_KEYS: encryptionKeys } });
  const workers = createProductionWorkers(holdfast, encryptionKeys);
  const [quick, slow] = await Promise.all([startReceiver(), startReceiver()]);
  let owed = 0;
  slow.answer((response) => {
    owed += 1;
    setTimeout(() => {
      owed -= 1;
      response.end();
    }, options.slowMs);
  });
  try {
    const repository = await makeRepository(holdfast);
    // The last delay is far beyond the test: whoever is sent twice has been sent twice by the restart.
    for (const { url } of [quick, slow])
      await makeHook(holdfast, repository, { url, events: ['*'], schedule: [3600] });
    const running = await Promise.all(Array.from({ length: options.workers }, () => workers.start()));
    const stream = streamEvents(options, async (body) => {
      const { token, owner, name } = repository;
      const event = { repository: `${owner}/${name}`, type: 'star.added', payload: plainPayload(repository) };
      const answer = await holdfast.call('POST', '/api/events', { token, body: body.map(() => event) });
      if (answer.status !== 200) throw new Error(`Events were answered ${answer.status}: ${answer.text}`);
    });
    const endings: Ending[] = [];
    const underWay: number[] = [];
    for (let replaced = 0; replaced < options.rounds * options.workers; replaced += 1) {
      const oldest = running.shift() as Child;
      await slow.arrived(slow.arrivals.length + 5, { deadlineMs: settledMs });
      underWay.push(owed);
      const [ending, successor] = await Promise.all([oldest.stop(stopMs), workers.start()]);
      endings.push(ending);
      running.push(successor);
    }
    const sent = await stream.stop();
    await Promise.all([quick, slow].map(({ arrived }) => arrived(sent, { deadlineMs: settledMs })));
    await workers.stop();
    return {
      promised: sent * 2,
      ledger: readLedger([...quick.arrivals, ...slow.arrivals]),
      endings,
      underWay,
    };
  } finally {
    await workers.stop();
    await Promise.all([quick.stop(), slow.stop()]);
    await holdfast.stop();
  }
}

interface Stream {
  /** Stops it; answers how many events were reported. */
  readonly stop: () => Promise<number>;
}

/** Reports events again and again. */
function streamEvents(
  { batch, everyMs }: RollingOptions,
  report: (body: readonly number[]) => Promise<void>,
): Stream {
  const stopping = new AbortController();
  const { signal } = stopping;
  const done = (async () => {
    let sent = 0;
    while (!signal.aborted) {
      await report(Array.from({ length: batch }, (_, index) => index));
      sent += batch;
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
    return sent;
  })();
  // Whoever stops it hears of it; until then it is nobody's unhandled rejection.
  done.catch(() => undefined);
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}
