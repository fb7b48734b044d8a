/**
 * Passes over what was taken and whose turn has not come: it waits for its turn without a workflow. Never starts anything;
 * what slips through is found by its attempt.
 */
import { awaitTurn, passTurns } from '#db/queries/turns.ts';
import type { StartableDelivery } from '#db/queries/start-deliveries.ts';
import type { Executor } from '#db/query.ts';

/** What was taken, without those that wait for their turns. */
export interface Turns {
  readonly deliveries: readonly StartableDelivery[];
  /** True when others may be taken in the place of those. */
  readonly isMoreLikely: boolean;
}

/** Puts those aside whose turn it is not. One statement more when there are any in a line, none otherwise. */
export async function awaitTurns(
  database: Executor,
  taken: readonly StartableDelivery[],
  log: { readonly warn: (fields: object, message: string) => void },
): Promise<Turns> {
  const ordered = taken.filter((delivery) => delivery.ordered).map(({ id }) => id);
  if (ordered.length === 0) return { deliveries: taken, isMoreLikely: false };
  try {
    const aside = new Set(await awaitTurn(database, ordered));
    const deliveries = taken.filter(({ id }) => !aside.has(id));
    // The turn of one of them may have come meanwhile.
    if (aside.size > 0) await passTurns(database, [...aside]);
    return { deliveries, isMoreLikely: aside.size > 0 };
  } catch (error) {
    // They are marked as started and must be: their attempts ask for their turns again.
    log.warn({ err: error, count: ordered.length }, 'dispatch.turns_unknown');
    return { deliveries: taken, isMoreLikely: false };
  }
}
