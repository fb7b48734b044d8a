/**
 * Counts the history events of the workflows that a load has started, as Temporal's own listing tells them: the same
 * question for a workflow a delivery and for one that carries hundreds. Reads only.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { connectTemporal } from '#platform/temporal.ts';
import { nowMs } from '../clock.ts';

/** Workflows and the events in their histories. */
export interface Histories {
  readonly workflows: number;
  /** Of those that have closed: Temporal lists no length for one that runs. */
  readonly events: number;
}

/** For one listing of all of them, which takes its time where there are thousands and the server is still busy. */
const deadlineMs = 120_000;
const pageSize = 1000;
const lookEveryMs = 250;

/** Temporal lists what has started and closed a moment later: two counts in a row must be the same. */
const patienceMs = 5000;

/** Counts the workflows on a task queue that started at a moment or later; waits a little for those that still run. */
export async function countHistories(address: string, taskQueue: string, since: Date): Promise<Histories> {
  const namespace = process.env['TEMPORAL_NAMESPACE'] || 'default';
  const temporal = connectTemporal({ address, namespace });
  const query = `TaskQueue = '${taskQueue}' AND StartTime >= '${since.toISOString()}'`;
  const untilMs = nowMs() + patienceMs;
  let last: Histories | undefined;
  try {
    for (;;) {
      let workflows = 0;
      let events = 0;
      let running = 0;
      await temporal.withDeadline(deadlineMs, async () => {
        for await (const { historyLength, status } of temporal.client.workflow.list({ query, pageSize })) {
          workflows += 1;
          events += historyLength;
          if (status.name === 'RUNNING') running += 1;
        }
      });
      const isSteady = running === 0 && last?.workflows === workflows && last.events === events;
      if (isSteady || nowMs() > untilMs) return { workflows, events };
      last = { workflows, events };
      await delay(lookEveryMs);
    }
  } finally {
    await temporal.close();
  }
}
