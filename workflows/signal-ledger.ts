/** What became of the signals: how many went which way, and the last ones that were wrong. Bounded, and never a payload. */
import { log } from '@temporalio/workflow';
import { signalLimits } from '#domain/signal-limits.ts';
import type { RejectedSignal, SignalCounts } from './producer-messages.ts';

/** Why a signal is wrong. */
export interface Fault {
  readonly code: string;
  readonly reason: string;
}

/** The ledger of a run. */
export interface SignalLedger {
  readonly count: (kind: 'accepted' | 'repeated') => void;
  /** Counts, remembers and logs one that is wrong. The log is told neither its key nor what it says. */
  readonly reject: (signal: object | undefined, fault: Fault) => void;
  readonly counts: () => SignalCounts;
  /** Oldest first. */
  readonly rejected: () => readonly RejectedSignal[];
}

/** Makes a ledger that goes on from the one that a run was left. */
export function createSignalLedger(
  repository: string,
  left: { readonly counts: SignalCounts; readonly rejected: readonly RejectedSignal[] },
): SignalLedger {
  const counts = { ...left.counts };
  let rejected = left.rejected;
  return {
    count: (kind) => {
      counts[kind] += 1;
    },
    reject: (signal, { code, reason }) => {
      counts.rejected += 1;
      const { key, type } = (signal ?? {}) as { readonly key?: unknown; readonly type?: unknown };
      const entry = {
        key: beginning(key, signalLimits.keyLength),
        type: beginning(type, signalLimits.typeLength),
        code,
        reason: reason.slice(0, signalLimits.reasonLength),
        when: new Date().toISOString(),
      };
      rejected = [...rejected, entry].slice(-signalLimits.rejections);
      log.warn('signal.rejected', { repository, code });
    },
    counts: () => ({ ...counts }),
    rejected: () => rejected,
  };
}

function beginning(value: unknown, length: number): string | null {
  return typeof value === 'string' ? value.slice(0, length) : null;
}
