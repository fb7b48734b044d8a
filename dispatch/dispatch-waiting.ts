/**
 * Starts what waits to be started, for as long as the worker runs. Deliveries to slow receivers have a queue of their
 * own, so that they hold up nobody else.
 */
import { createWaitingQueue, type WaitingQueueOptions } from './waiting-queue.ts';

/** The starting of what waits. */
export interface WaitingDispatch {
  /** Tells that something waits. Costs nothing when it is looking already. */
  readonly noteWaiting: () => void;
  /** Tells that the first attempt of a delivery in its own workflow has begun. */
  readonly noteBegun: (deliveryId: string) => void;
  /** Tells that a group holds up nobody any more. */
  readonly noteIdle: (groupId: string) => void;
  /** Starts no more and resolves when the starts under way have ended. */
  readonly stop: () => Promise<void>;
}

/** Begins to start what waits. */
export function dispatchWaiting(options: Omit<WaitingQueueOptions, 'slow'>): WaitingDispatch {
  const quick = createWaitingQueue({ ...options, slow: false });
  const slow = createWaitingQueue({ ...options, slow: true });
  const queues = [quick, slow];
  const running = Promise.all(queues.map((queue) => queue.run()));
  return {
    // Those of slow receivers are found when it next looks by itself: they can wait for a second, and are few.
    noteWaiting: () => quick.noteWaiting(),
    noteBegun: (deliveryId) => queues.forEach((queue) => queue.own.leave(deliveryId)),
    noteIdle: (groupId) => queues.forEach((queue) => queue.groups.leave(groupId)),
    stop: async () => {
      queues.forEach((queue) => queue.stop());
      await running;
    },
  };
}
