/**
 * Answers what no route took: OPTIONS with what the path knows, 405 where the path knows other methods,
 * 404 otherwise, in the API's own words.
 */
import type { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { Refusal } from '#domain/refusals.ts';

/** The last middleware. */
export function notFound(router: Router): Middleware {
  return (ctx) => {
    const { path } = router.match(ctx.path, ctx.method);
    if (path.length === 0) throw new Refusal('not_found', `There is nothing at ${ctx.path}`);
    const methods = [...new Set([...path.flatMap((layer) => layer.methods), 'OPTIONS'])].join(', ');
    ctx.set('Allow', methods);
    if (ctx.method === 'OPTIONS') {
      ctx.status = 204;
      return;
    }
    throw new Refusal('method_not_allowed', `${ctx.path} knows ${methods}, not ${ctx.method}`);
  };
}
