/**
 * What an event is called for receivers of the GitHub dialect: a name and, where it has one, an action.
 * Names only; it never looks at a payload.
 */

/** A name, and the action that stands in the payload beside it. */
export interface GatewayName {
  readonly name: string;
  readonly action?: string;
}

const exceptions: ReadonlyMap<string, GatewayName> = new Map<string, GatewayName>([
  ['pull_request.merged', { name: 'pull_request', action: 'closed' }],
  ['star.added', { name: 'watch', action: 'started' }],
  ['star.removed', { name: 'star', action: 'deleted' }],
  ['fork.created', { name: 'fork' }],
]);

/** The name of an event by its type: `issues.opened` is `issues` with the action `opened`, `push` is `push`. */
export function gatewayName(type: string): GatewayName {
  const exception = exceptions.get(type);
  if (exception !== undefined) return exception;
  const dot = type.indexOf('.');
  return dot === -1 ? { name: type } : { name: type.slice(0, dot), action: type.slice(dot + 1) };
}
