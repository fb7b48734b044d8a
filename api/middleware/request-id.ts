/** Gives every request an id that stands in its reply and in the log. Never trusts an id that is not plain. */
import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';

/** Takes the caller's `X-Request-Id` when it is plain text of bounded length, or makes one. */
export const requestId: Middleware = async (ctx, next) => {
  const given = ctx.get('X-Request-Id');
  const id = /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
  ctx.state['requestId'] = id;
  ctx.set('X-Request-Id', id);
  await next();
};
