/**
 * Knows the hooks of which the groups under way carry many deliveries: those that wait for a place beside these groups
 * are to be others.
 */
import { groupLimits } from '#domain/limits.ts';
import type { StartableDelivery } from '#db/queries/start-deliveries.ts';

/** The hooks. */
export interface HeavyHooks {
  /** Told of a group when it is taken. */
  readonly note: (groupId: string, deliveries: readonly StartableDelivery[]) => void;
  /** Those of the groups that are still under way. */
  readonly ids: () => readonly string[];
}

/**
 * Makes it.
 *
 * @param isUnderWay whether a group is still in its lane
 */
export function createHeavyHooks(isUnderWay: (groupId: string) => boolean): HeavyHooks {
  const ofGroups = new Map<string, readonly string[]>();
  const forgetEnded = (): void => {
    for (const groupId of ofGroups.keys()) if (!isUnderWay(groupId)) ofGroups.delete(groupId);
  };
  return {
    note: (groupId, deliveries) => {
      forgetEnded();
      const byHook = Map.groupBy(deliveries, ({ hookId }) => hookId);
      const heavy = [...byHook].filter(([, { length }]) => length > groupLimits.manyOfHook);
      ofGroups.set(
        groupId,
        heavy.map(([hookId]) => hookId),
      );
    },
    ids: () => {
      forgetEnded();
      return [...ofGroups.values()].flat();
    },
  };
}
