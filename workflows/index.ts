/** The only file that is bundled for the worker: every workflow by name. */
export { deliverEvent } from './deliver-event.ts';
export { drainHook } from './drain-hook.ts';
export { dispatchGroup } from './dispatch-group.ts';
export { replayDeliveries } from './replay-deliveries.ts';
export { receiveEvents } from './receive-events.ts';
