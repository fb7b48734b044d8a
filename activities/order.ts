/**
 * The order of deliveries as their attempts see it: one of a line is attempted at a time, and hands its turn on. What goes
 * wrong with handing on costs time, never the attempt: the sweeper finds who waits for a turn that has come.
 */
import { attemptLimits } from '#domain/limits.ts';
import type { AttemptMaterial } from '#db/queries/load-attempt.ts';
import { passTurn, takeTurn } from '#db/queries/turns.ts';
import type { Executor } from '#db/query.ts';

/** What handing turns on needs. */
export interface OrderDependencies {
  readonly database: Executor;
  /** Told that a delivery waits to be started whose turn may have come. */
  readonly onTurn: () => void;
  readonly log: { readonly warn: (fields: object, message: string) => void };
}

/** True when an attempt of a delivery may begin as far as its order is concerned. */
export async function mayBegin(
  database: Executor,
  deliveryId: string,
  { ordered, timeoutSeconds }: AttemptMaterial,
): Promise<boolean> {
  return !ordered || takeTurn(database, deliveryId, timeoutSeconds * 1000 + attemptLimits.turnMarginMs);
}

/** Hands the turn on after an attempt. Never throws. */
export async function handTurnOn(
  { database, onTurn, log }: OrderDependencies,
  deliveryId: string,
): Promise<void> {
  try {
    await passTurn(database, deliveryId);
    onTurn();
  } catch (error) {
    log.warn({ err: error, deliveryId }, 'delivery.turn_not_passed');
  }
}
