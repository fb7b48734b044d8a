/**
 * Makes first attempts one after another, in the order in which they are given. One that a receiver keeps waiting is
 * overtaken after a moment. What does not succeed leaves for a workflow of its own, as from a group.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { giveBack, type StartableDelivery } from '#db/queries/start-deliveries.ts';
import { drainLimits, groupLimits } from '#domain/limits.ts';
import { attemptDelivery, type AttemptCall } from './attempt-delivery.ts';
import { follow, setAside, type GroupCall, type GroupDependencies } from './attempt-group.ts';
import type { AttemptReport } from './attempt-report.ts';

/** How the call came about of an activity that carries for a while. */
export interface CarryingCall extends Omit<GroupCall, 'onProgress'> {
  /** Told every second that it goes on, and how many it has carried where that is known. */
  readonly onProgress: (carried?: number) => void;
}

/** As many as go out in a second are taken at once: a pause that comes meanwhile is heeded before the next ones. */
export function takenAtOnce(ratePerSecond: number): number {
  return Math.min(drainLimits.taken, Math.max(1, Math.floor(ratePerSecond)));
}

/** Carries deliveries. */
export interface Carrier {
  /** Begins an attempt; resolves when the next one may begin. Throws when faults of ours forbid to go on. */
  readonly carry: (delivery: StartableDelivery) => Promise<void>;
  /** Resolves when every attempt that was begun has ended; throws the first fault that was not one delivery's own. */
  readonly end: () => Promise<void>;
}

/** How it carries. */
export interface CarrierOptions {
  /** Milliseconds after which the next attempt no longer waits for the end of the one before. */
  readonly overtakeMs: number;
  /** Told of each attempt that has ended. */
  readonly onEnd?: (delivery: StartableDelivery, attempt: AttemptReport) => Promise<void>;
}

/** Makes a carrier. */
export function createCarrier(
  dependencies: GroupDependencies,
  call: AttemptCall,
  { overtakeMs, onEnd }: CarrierOptions,
): Carrier {
  const report = { carried: 0, delivered: 0, left: 0, givenBack: 0 };
  const underWay = new Set<Promise<void>>();
  const aside = new Map<StartableDelivery, unknown>();
  const faults: unknown[] = [];

  const attempt = async (delivery: StartableDelivery, onSending: () => void): Promise<void> => {
    try {
      const made = await attemptDelivery(
        dependencies,
        { deliveryId: delivery.id, run: delivery.run, attempt: 1 },
        // Each notes that it begins: of what a call that died had taken, few had been sent.
        { ...call, interrupted: false, uncounted: true, inGroup: true, onSending },
      );
      if (await follow(dependencies, delivery, made, report)) {
        await giveBack(dependencies.database, [delivery.id]);
      }
      await onEnd?.(delivery, made);
    } catch (error) {
      if (aside.size < groupLimits.setAside) aside.set(delivery, error);
      else faults.push(error);
    }
  };

  return {
    carry: async (delivery) => {
      while (underWay.size >= drainLimits.concurrency) await Promise.race(underWay);
      if (faults.length > 0) throw faults[0];
      const { promise: isSending, resolve: onSending } = Promise.withResolvers<void>();
      const work = attempt(delivery, onSending).finally(() => underWay.delete(work));
      underWay.add(work);
      // However long we take to prepare it, only a receiver's own slowness lets another one overtake.
      await Promise.race([work, isSending]);
      const overtaking = new AbortController();
      const moment = delay(overtakeMs, undefined, { signal: overtaking.signal }).catch(() => undefined);
      await Promise.race([work, moment]);
      overtaking.abort();
    },
    end: async () => {
      await Promise.all(underWay);
      call.signal.throwIfAborted();
      if (faults.length === 0) await setAside(dependencies, aside, report, faults);
      if (faults.length > 0) throw faults[0];
    },
  };
}
