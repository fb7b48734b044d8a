/**
 * The activities by name, as the worker registers them and workflows know them by type.
 * Translates between Temporal's calls and the functions that do the work; does no work itself.
 */
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { isSettled, type DeliveryState, type SettledState } from '#domain/delivery.ts';
import { settleDelivery } from '#db/queries/settle-delivery.ts';
import { attemptDelivery, type AttemptDependencies } from './attempt-delivery.ts';
import type { AttemptInput, AttemptReport } from './attempt-report.ts';

/** Which delivery to end, and how. */
export interface SettleInput {
  readonly deliveryId: string;
  readonly run: number;
  readonly state: 'cancelled' | 'expired';
}

/** Everything workflows may ask for. */
export interface Activities {
  readonly attemptDelivery: (input: AttemptInput) => Promise<AttemptReport>;
  /** Ends a delivery; answers its end, or undefined when it has not ended after all. */
  readonly settleDelivery: (input: SettleInput) => Promise<SettledState | undefined>;
}

const heartbeatEveryMs = 4000;

/** Runs work while telling Temporal that this worker is alive. Quick work costs no heartbeat. */
async function whileAlive<Result>(work: () => Promise<Result>): Promise<Result> {
  const pulse = setInterval(() => heartbeat(), heartbeatEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(pulse);
  }
}

/** Makes the activities for a worker. */
export function createActivities(dependencies: AttemptDependencies): Activities {
  return {
    attemptDelivery: (input) =>
      whileAlive(() =>
        attemptDelivery(dependencies, input, {
          interrupted: activityInfo().attempt > 1,
          signal: cancellationSignal(),
        }),
      ),
    settleDelivery: async ({ deliveryId, run, state }) => {
      const settled = (await settleDelivery(dependencies.database, deliveryId, run, state)) as
        | DeliveryState
        | undefined;
      if (settled === undefined) return 'cancelled';
      return isSettled(settled) ? settled : undefined;
    },
  };
}
