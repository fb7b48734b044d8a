/**
 * Does with deliveries what people ask for. The database decides, whoever runs the delivery is told afterwards and finds
 * out by itself if that fails: so nothing here needs Temporal to be there.
 */
import {
  cancelDelivery,
  hurryDelivery,
  postponeDelivery,
  redeliver,
  type Asker,
} from '#db/queries/control-delivery.ts';
import { passTurns } from '#db/queries/turns.ts';
import { findDelivery, type DeliveryRow } from '#db/queries/deliveries.ts';
import { isSettled, type DeliveryState } from '#domain/delivery.ts';
import { Refusal } from '#domain/refusals.ts';
import type { ApiDependencies } from './dependencies.ts';

type ControlDependencies = Pick<
  ApiDependencies,
  'database' | 'announceWaiting' | 'wakeHook' | 'cancelRuns' | 'postponeRun'
>;

/**
 * Makes the next attempt now; of a delivery that has ended, a new run. Asked for twice at once, once. 409 for one whose
 * turn has not come.
 */
export async function attemptAgain(
  dependencies: ControlDependencies,
  id: string,
  asker: Asker,
): Promise<DeliveryRow> {
  const { pool } = dependencies.database;
  const changed = (await hurryDelivery(pool, id, asker)) ?? (await redeliver(pool, id, asker));
  if (changed !== undefined) dependencies.wakeHook(changed.hookId);
  const row = await find(dependencies, id);
  if (row.state === 'cancelled') throw hasEnded(row);
  if (row.blockedBy !== null) throw isBlocked(row.blockedBy);
  return row;
}

/**
 * Ends a delivery; who comes after it in its line may go. One that was cancelled before stays so; one that ended otherwise
 * is a 409.
 */
export async function cancel(
  dependencies: ControlDependencies,
  id: string,
  asker: Asker,
): Promise<DeliveryRow> {
  const changed = await cancelDelivery(dependencies.database.pool, id, asker);
  if (changed !== undefined) {
    dependencies.cancelRuns([changed]);
    if ((await passTurns(dependencies.database.pool, [id])) > 0) dependencies.announceWaiting();
  }
  const row = await find(dependencies, id);
  if (row.state !== 'cancelled') throw hasEnded(row);
  return row;
}

/** Moves the next attempt of a delivery that waits for it; 409 for any other. */
export async function postpone(
  dependencies: ControlDependencies,
  id: string,
  until: Date,
  asker: Asker,
): Promise<DeliveryRow> {
  const changed = await postponeDelivery(dependencies.database.pool, id, until, asker);
  const row = await find(dependencies, id);
  if (changed === undefined) throw hasEnded(row);
  dependencies.postponeRun(changed, changed.dueAt);
  return row;
}

async function find({ database }: ControlDependencies, id: string): Promise<DeliveryRow> {
  const row = await findDelivery(database.pool, id);
  if (row === undefined) throw new Refusal('not_found', 'Delivery not found');
  return row;
}

function isBlocked(by: string): Refusal {
  const message = `The delivery waits for its turn: ${by}, with the same order key, comes first; cancel that one to skip it`;
  return new Refusal('conflict', message);
}

function hasEnded({ state }: DeliveryRow): Refusal {
  const verb = isSettled(state as DeliveryState) ? 'has ended' : 'does not wait for an attempt';
  return new Refusal('conflict', `The delivery ${verb}: it is ${state}`);
}
