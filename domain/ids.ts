/**
 * The names of workflows and search attributes: the only place that makes or reads them.
 * Never puts an address or a person into a name: names are not covered by any encryption.
 */

/** The task queue of Holdfast's worker unless configured otherwise. */
export const defaultTaskQueue = 'holdfast';

/** Search attributes set when a delivery's workflow starts, and their Temporal types. */
export const searchAttributes = {
  HoldfastRepository: 'Keyword',
  HoldfastHook: 'Keyword',
  HoldfastEvent: 'Keyword',
} as const;

/** The workflow id of a delivery's run: `delivery/<id>`, and `delivery/<id>/r<n>` for the n-th redelivery. */
export function deliveryWorkflowId(deliveryId: string, run: number): string {
  return run === 0 ? `delivery/${deliveryId}` : `delivery/${deliveryId}/r${run}`;
}

/** What carries the first attempts of several deliveries: a group that was waiting, the draining of their hook, or a replay. */
export type GroupKind = 'dispatch' | 'drain' | 'replay';

/** The workflow id of a group: `dispatch/<id>`, `drain/<id>` where the id is a hook's, `replay/<id>`. */
export function groupWorkflowId(groupId: string, kind: GroupKind = 'dispatch'): string {
  return `${kind}/${groupId}`;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True when the text is a UUID in its canonical lower-case form, which is the only form Holdfast gives out. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}
