/** Signals that wait to be handed over, in their order. As many as Temporal lets a run have, so it never drops one. */
import { defaultPayloadConverter } from '@temporalio/workflow';
import { signalLimits } from '#domain/signal-limits.ts';

/** The queue of a run. */
export interface SignalQueue {
  readonly add: (signal: object) => void;
  /** Removes the first ones, as many as may be handed over together; at least one, if there is any. */
  readonly take: () => readonly object[];
  readonly count: () => number;
  /** True when they are so few that a run may leave them to the next. */
  readonly isCarriable: () => boolean;
  readonly all: () => readonly object[];
}

interface Waiting {
  readonly signal: object;
  /** Bytes of it as it will be written, which may be more than it came with. */
  readonly bytes: number;
}

/** Makes a queue of what a run was left. */
export function createSignalQueue(left: readonly object[]): SignalQueue {
  const waiting: Waiting[] = [];
  let waitingBytes = 0;
  const add = (signal: object): void => {
    const bytes = defaultPayloadConverter.toPayload(signal).data?.length ?? 0;
    waiting.push({ signal, bytes });
    waitingBytes += bytes;
  };
  for (const signal of left) add(signal);
  return {
    add,
    take: () => {
      let taken = 0;
      let bytes = 0;
      for (const next of waiting.slice(0, signalLimits.batchItems)) {
        if (taken > 0 && bytes + next.bytes > signalLimits.batchBytes) break;
        bytes += next.bytes;
        taken += 1;
      }
      waitingBytes -= bytes;
      return waiting.splice(0, taken).map(({ signal }) => signal);
    },
    count: () => waiting.length,
    isCarriable: () =>
      waiting.length <= signalLimits.carriedItems && waitingBytes <= signalLimits.carriedBytes,
    all: () => waiting.map(({ signal }) => signal),
  };
}
