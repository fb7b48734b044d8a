/**
 * The operational events: what Holdfast itself tells a repository's owner of its hooks. Beside the catalogue and never in it:
 * producers cannot report them, `*` and families do not include them, listings of events do not show them.
 */

/** What an operational event is called and when it is told. */
export interface OperationalEvent {
  readonly type: string;
  readonly description: string;
}

/** Every operational event. */
export const operationalEvents = [
  { type: 'hook.failing', description: 'Half of the schedule of a delivery is used up.' },
  { type: 'hook.disabled', description: 'A hook was disabled because of its failures.' },
  { type: 'hook.recovered', description: 'A hook that was failing or disabled works again.' },
  { type: 'delivery.exhausted', description: 'The last retry of a delivery has failed.' },
] as const satisfies readonly OperationalEvent[];

/** The name of an operational event. */
export type OperationalType = (typeof operationalEvents)[number]['type'];

/** Their names. */
export const operationalTypes: readonly string[] = operationalEvents.map(({ type }) => type);

/** True for the name of an operational event. */
export function isOperational(type: string): type is OperationalType {
  return operationalTypes.includes(type);
}
