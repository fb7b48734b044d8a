/**
 * Compares what was accepted with what a receiver's ledger says: what is lost, what came twice, what came altered.
 * Knows nothing of how either was measured.
 */
import type { LedgerEntry } from './receiver/ledger.ts';

/** A delivery that Holdfast promised by accepting its event. */
export interface PromisedDelivery {
  readonly id: string;
  /** When the event was due to be sent. */
  readonly dueMs: number;
  readonly sha256: string;
}

/** What became of the promises. */
export interface Tally {
  readonly accepted: number;
  /** Answered 2xx by the receiver at least once. */
  readonly delivered: number;
  readonly lost: number;
  /** Arrivals after one that was answered 2xx. */
  readonly duplicated: number;
  /** Deliveries of which an arrival had other bytes than were sent. */
  readonly altered: number;
  /** Deliveries that arrived and were never announced: the reply to their event was lost or not yet read. */
  readonly unannounced: number;
}

/** Counts. */
export function tally(promised: readonly PromisedDelivery[], entries: readonly LedgerEntry[]): Tally {
  const arrived = new Map(entries.map((entry) => [entry.id, entry]));
  const ids = new Set(promised.map(({ id }) => id));
  let delivered = 0;
  let altered = 0;
  for (const { id, sha256 } of promised) {
    const entry = arrived.get(id);
    if (entry === undefined) continue;
    if (entry.successes > 0) delivered += 1;
    if (entry.hasVaried || entry.sha256 !== sha256) altered += 1;
  }
  return {
    accepted: ids.size,
    delivered,
    lost: ids.size - delivered,
    duplicated: entries.reduce((sum, { arrivalsAfterSuccess }) => sum + arrivalsAfterSuccess, 0),
    altered,
    unannounced: entries.filter(({ id }) => !ids.has(id)).length,
  };
}

/** The tallies of several loads as one. */
export function addTallies(tallies: readonly Tally[]): Tally {
  const sum = (key: keyof Tally): number => tallies.reduce((total, each) => total + each[key], 0);
  return {
    accepted: sum('accepted'),
    delivered: sum('delivered'),
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    altered: sum('altered'),
    unannounced: sum('unannounced'),
  };
}
