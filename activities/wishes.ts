/**
 * What somebody asked of a delivery by Temporal's own means, and the database does not know yet: to attempt it now, or, by
 * a reset, to attempt it again although it is exhausted. Written down before it is done, as the routes do.
 */
import type { AttemptMaterial } from '#db/queries/load-attempt.ts';
import { noteRetry, reopenDelivery } from '#db/queries/note-wish.ts';
import type { Executor } from '#db/query.ts';
import type { AttemptInput } from './attempt-report.ts';

/** The material of a delivery after what was asked of it; as it was where nothing was, or it has no sense. */
export async function withWishes(
  database: Executor,
  { deliveryId, run, attempt, byHand, resetRunId }: AttemptInput,
  material: AttemptMaterial,
): Promise<AttemptMaterial> {
  if (material.run !== run) return material;
  const { state, attempts } = material;
  if (state === 'exhausted' && resetRunId !== undefined) {
    const reopened = await reopenDelivery(database, deliveryId, run, resetRunId);
    const changes = {
      state: 'waiting',
      dueInMs: 0,
      forcedAttempt: attempts + 1,
      attemptsBefore: attempts,
    } as const;
    return reopened ? { ...material, ...changes } : material;
  }
  const isAsked = byHand === true && attempt === attempts + 1 && material.forcedAttempt !== attempt;
  if (!isAsked || (state !== 'waiting' && state !== 'held')) return material;
  return (await noteRetry(database, deliveryId, run, attempt))
    ? { ...material, forcedAttempt: attempt }
    : material;
}
