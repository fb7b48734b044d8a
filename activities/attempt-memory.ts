/**
 * What attempts read and write in the database. Those under way at the same time share their statements;
 * one alone costs what it always cost.
 */
import { beginAttempt, loadAttempts, type AttemptMaterial } from '#db/queries/load-attempt.ts';
import { recordAttempt, type AttemptRecord } from '#db/queries/record-attempt.ts';
import { recordDelivered } from '#db/queries/record-delivered.ts';
import type { Executor } from '#db/query.ts';
import { createBatcher, sharedStatement } from '#db/batcher.ts';

/** The memory of attempts. */
export interface AttemptMemory {
  /** The material of a delivery's next attempt; undefined when there is no such delivery. */
  readonly load: (deliveryId: string) => Promise<AttemptMaterial | undefined>;
  /** The same, noting that a first attempt begins, for calls that Temporal does not count. */
  readonly begin: (deliveryId: string) => Promise<AttemptMaterial | undefined>;
  /** Records an attempt; answers the delivery's state afterwards, undefined when it is gone. */
  readonly record: (record: AttemptRecord) => Promise<string | undefined>;
}

/**
 * Makes the memory of a process.
 *
 * @param holdDays days for which a delivery is held before it expires
 */
export function createAttemptMemory(database: Executor, holdDays: number): AttemptMemory {
  const load = createBatcher((ids: readonly string[]) => loadAttempts(database, ids), sharedStatement);
  const recordOneDelivered = createBatcher(async (records: readonly AttemptRecord[]) => {
    await recordDelivered(database, records);
    return records.map(() => 'delivered');
  }, sharedStatement);
  return {
    load,
    begin: (deliveryId) => beginAttempt(database, deliveryId),
    record: (record) =>
      record.outcome === 'delivered' && (record.counts || record.run > 0)
        ? recordOneDelivered(record)
        : recordAttempt(database, record, holdDays),
  };
}
