/**
 * Events as SocialGateway names them: under which names producers may report, and which event a payload in that shape is.
 * Looks at nothing of a payload but its action and whether it was merged.
 */
import { eventDeclarations, eventTypes, findEvent, type EventDeclaration } from './events.ts';

const names: ReadonlySet<string> = new Set(eventDeclarations.map(({ name }) => name));

/** Every type that a producer may report: an event's own, or the name that SocialGateway has for it. */
export const reportableTypes: readonly string[] = [...new Set([...eventTypes, ...names])];

/** True when a SocialGateway payload reported under this type must carry an `action`. */
export function hasActions(type: string): boolean {
  return eventDeclarations.some(
    (event: EventDeclaration) =>
      (event.type === type || event.name === type) && event.namedAction !== undefined,
  );
}

/** What a payload in SocialGateway's shape says of itself. */
export interface NamedPayload {
  readonly action: string | undefined;
  /** Whether its pull request was merged. */
  readonly merged: boolean;
}

/**
 * The event that a payload in SocialGateway's shape is: `issues` with action `opened` is `issues.opened`, and what has
 * no name of its own is what it was reported as. Undefined when the type and the payload contradict each other.
 */
export function namedEvent(type: string, { action, merged }: NamedPayload): EventDeclaration | undefined {
  const agrees = (event: EventDeclaration): boolean =>
    event.namedAction === undefined ||
    (event.namedAction === action && (action !== 'closed' || (event.merged ?? false) === merged));
  const reported = findEvent(type);
  if (reported !== undefined && !names.has(type)) return agrees(reported) ? reported : undefined;
  return (
    eventDeclarations.find(
      (event: EventDeclaration) => event.name === type && event.type !== type && agrees(event),
    ) ?? reported
  );
}
