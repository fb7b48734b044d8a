/**
 * What an event is called for receivers of the GitHub dialect: a name and, where it has one, an action.
 * Names only; it never looks at a payload.
 */
import { findEvent } from '../events.ts';

/** A name, and the action that stands in the payload beside it. */
export interface GatewayName {
  readonly name: string;
  readonly action?: string;
}

/** The name of an event by its type: `issues.opened` is `issues` with the action `opened`, `push` is `push`. */
export function gatewayName(type: string): GatewayName {
  const event = findEvent(type);
  const name = event?.name ?? type;
  return event?.namedAction === undefined ? { name } : { name, action: event.namedAction };
}
