/**
 * Admits first attempts into workflow tasks: while their receivers are quick, and never so many that receivers that
 * begin to hang could take all of the tasks.
 */
import { quickLimits } from '#domain/limits.ts';
import type { ReceiverPace } from './receiver-pace.ts';

/** The gate of a process. */
export interface QuickGate {
  /** Runs an attempt if it is admitted; answers undefined, having run nothing, if not. */
  readonly admit: <Result>(hookId: string, attempt: () => Promise<Result>) => Promise<Result | undefined>;
}

/** Makes the gate. */
export function createQuickGate(pace: ReceiverPace): QuickGate {
  let underWay = 0;
  return {
    admit: async (hookId, attempt) => {
      const isFull =
        underWay >= quickLimits.concurrency || pace.underWay(hookId) >= quickLimits.concurrencyOfHook;
      if (isFull || pace.isSlow(hookId)) return undefined;
      underWay += 1;
      try {
        return await attempt();
      } finally {
        underWay -= 1;
      }
    },
  };
}
