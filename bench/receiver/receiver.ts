/** The bench's side of the receiver: starts its process, tells it how to behave and reads its ledger. */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../clock.ts';
import { startRemote } from '../processes/remote.ts';
import type { LaneBehaviour } from './answers.ts';
import type { LedgerEntry } from './ledger.ts';
import type { ReceiverServices } from './receiver-process.ts';

/** A running receiver. */
export interface Receiver {
  readonly pid: number;
  /** The address of a lane, which is a path such as `/burst/0`. */
  readonly urlOf: (lane: string) => string;
  readonly behave: (lane: string, behaviour: LaneBehaviour) => Promise<void>;
  readonly entries: (lanePrefix: string) => Promise<readonly LedgerEntry[]>;
  /** Waits until so many deliveries were answered 2xx; answers false when the deadline comes first. */
  readonly untilSucceeded: (lanePrefix: string, count: number, deadlineMs: number) => Promise<boolean>;
  readonly forget: (lanePrefix: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const lookEveryMs = 50;

/** Starts the receiver in a process of its own. */
export async function startReceiver(): Promise<Receiver> {
  const remote = startRemote<ReceiverServices>(new URL('./receiver-process.ts', import.meta.url));
  const port = await remote.call('port', undefined);
  return {
    pid: remote.pid,
    urlOf: (lane) => `http://127.0.0.1:${port}${lane}`,
    behave: (lane, behaviour) => remote.call('behave', { lane, behaviour }),
    entries: (lanePrefix) => remote.call('entries', lanePrefix),
    untilSucceeded: async (lanePrefix, count, deadlineMs) => {
      const untilMs = nowMs() + deadlineMs;
      while ((await remote.call('succeeded', lanePrefix)) < count) {
        if (nowMs() > untilMs) return false;
        await delay(lookEveryMs);
      }
      return true;
    },
    forget: (lanePrefix) => remote.call('forget', lanePrefix),
    stop: remote.stop,
  };
}
