/**
 * One group of deliveries under load: a single workflow carries their first attempts, so that Temporal's transactions are
 * shared among them. Each delivery that did not succeed has its own workflow by the time this one ends.
 */
import { setCurrentDetails } from '@temporalio/workflow';
import type { GroupReport } from '#activities/attempt-report.ts';
import { attemptGroup } from './activity-options.ts';
import type { DispatchGroupInput } from './messages.ts';

/**
 * Makes the first attempts of a group.
 *
 * @returns how the group has fared
 */
export async function dispatchGroup({ groupId, slow, size }: DispatchGroupInput): Promise<GroupReport> {
  setCurrentDetails(`Makes the first attempts of ${size} deliveries together.`);
  const report = await attemptGroup.executeWithOptions({ summary: `first attempts of ${size} deliveries` }, [
    { groupId, slow },
  ]);
  setCurrentDetails(wordsOf(report));
  return report;
}

function wordsOf({ carried, delivered, left, givenBack }: GroupReport): string {
  return [
    `Carried ${carried} deliveries: ${delivered} delivered,`,
    `${left} went on in workflows of their own, ${givenBack} wait to be started again.`,
  ].join(' ');
}
