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
  /** Admitted and not ended, by hook: those that have not come to their receiver yet are unknown to its pace. */
  const ofHook = new Map<string, number>();
  const change = (hookId: string, by: 1 | -1): void => {
    underWay += by;
    const count = (ofHook.get(hookId) ?? 0) + by;
    if (count === 0) ofHook.delete(hookId);
    else ofHook.set(hookId, count);
  };
  return {
    admit: async (hookId, attempt) => {
      const underWayOfHook = Math.max(ofHook.get(hookId) ?? 0, pace.underWay(hookId));
      const isFull = underWay >= quickLimits.concurrency || underWayOfHook >= quickLimits.concurrencyOfHook;
      if (isFull || pace.isSlow(hookId)) return undefined;
      change(hookId, 1);
      try {
        return await attempt();
      } finally {
        change(hookId, -1);
      }
    },
  };
}
