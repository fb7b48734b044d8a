/**
 * The two shapes in which producers report events. Looks at a payload only as far as it must to tell them apart.
 */

/** `sigmagit`: the source's own payloads. `socialgateway`: payloads as GitHub's hooks send them. */
export type PayloadShape = 'sigmagit' | 'socialgateway';

/** The shape of a parsed payload: one whose `repository` has `full_name` is in SocialGateway's. */
export function shapeOf(payload: unknown): PayloadShape {
  const repository = isObject(payload) ? payload['repository'] : undefined;
  return isObject(repository) && Object.hasOwn(repository, 'full_name') ? 'socialgateway' : 'sigmagit';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
