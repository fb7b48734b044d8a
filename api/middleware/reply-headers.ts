/** Headers that every reply carries: nothing here is to be cached, guessed at or framed. */
import type { Middleware } from 'koa';

/** Sets them before anything else runs, so that errors carry them too. */
export const replyHeaders: Middleware = async (ctx, next) => {
  ctx.set('Cache-Control', 'no-store');
  ctx.set('X-Content-Type-Options', 'nosniff');
  await next();
};
