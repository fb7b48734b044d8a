/**
 * How the workflows call activities: the one place for their deadlines and retries.
 * A receiver's failure is a value and never retried here; only our own faults and dead workers are.
 */
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';

/**
 * Attempts last up to 30 s, and recording one may have to wait for the database to come back.
 * While an attempt runs it heartbeats, so that a dead worker is noticed within ten seconds.
 */
export const { attemptDelivery } = proxyActivities<Pick<Activities, 'attemptDelivery'>>({
  startToCloseTimeout: '3 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/** Short statements on the database, repeated until they succeed. */
export const { settleDelivery } = proxyActivities<Pick<Activities, 'settleDelivery'>>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});
