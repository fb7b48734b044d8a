/**
 * How the workflows call activities: the one place for their deadlines and retries.
 * A receiver's failure is a value and never retried here; only our own faults and dead workers are.
 */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';

const retry = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;

/**
 * Attempts last up to 30 s, and recording one may have to wait for the database to come back.
 * While an attempt runs it heartbeats, so that a dead worker is noticed within ten seconds.
 */
export const { attemptDelivery } = proxyActivities<Pick<Activities, 'attemptDelivery'>>({
  startToCloseTimeout: '3 minutes',
  heartbeatTimeout: '10 seconds',
  retry,
});

/** Retries let first attempts go before them where both wait for a worker. Lower numbers go first; the standard is 3. */
const retryPriority = { priorityKey: 4 } as const;

/** How an attempt is called: what the Temporal UI shows beside it, and who goes before it. */
export function callOf(attempt: number) {
  return { summary: `attempt ${attempt}`, ...(attempt > 1 ? { priority: retryPriority } : {}) };
}

/** Within the workflow task, so that it costs Temporal nothing; what fails here is left to an ordinary attempt. */
export const { attemptQuickly } = proxyLocalActivities<Pick<Activities, 'attemptQuickly'>>({
  startToCloseTimeout: '3 minutes',
  retry: { maximumAttempts: 1 },
});

/**
 * A group reports several times a second, so a dead worker is noticed soon; a slow receiver's group may take a while.
 */
export const { attemptGroup } = proxyActivities<Pick<Activities, 'attemptGroup'>>({
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '6 seconds',
  retry,
});

/** A call lasts a minute and tells every second how far it has come, so that another worker soon takes over. */
export const { drainHook: drainForAWhile, replayDeliveries: replayForAWhile } = proxyActivities<
  Pick<Activities, 'drainHook' | 'replayDeliveries'>
>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '6 seconds',
  retry,
});

/** One statement for many events, repeated until it succeeds. It heartbeats, so that a dead worker is noticed soon. */
export const { acceptSignalled } = proxyActivities<Pick<Activities, 'acceptSignalled'>>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry,
});

/** Short statements on the database, repeated until they succeed. */
export const { settleDelivery, noteDue, pauseHook, cancelReplay } = proxyActivities<
  Pick<Activities, 'settleDelivery' | 'noteDue' | 'pauseHook' | 'cancelReplay'>
>({
  startToCloseTimeout: '30 seconds',
  retry,
});
