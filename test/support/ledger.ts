/**
 * Compares what a receiver saw with what was sent: nothing lost, and repeats only where one may be.
 * Every event of a run carries a number of its own, so that bytes can be told apart.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Arrival } from './receiver.ts';

/** What a receiver's ledger says. */
export interface Ledger {
  /** Distinct deliveries that arrived. */
  readonly deliveries: number;
  /** Deliveries that arrived more than once. */
  readonly repeated: readonly string[];
}

/** Reads a ledger; fails when one delivery arrived with different bytes. */
export function readLedger(arrivals: readonly Arrival[]): Ledger {
  const hashes = new Map<string, string>();
  const repeated = new Set<string>();
  for (const { headers, body } of arrivals) {
    const id = String(headers['webhook-id']);
    const hash = createHash('sha256').update(body).digest('hex');
    const known = hashes.get(id);
    if (known !== undefined) {
      repeated.add(id);
      assert.equal(hash, known, `delivery ${id} arrived with other bytes`);
    }
    hashes.set(id, hash);
  }
  return { deliveries: hashes.size, repeated: [...repeated] };
}
