/**
 * The only place that turns an error into a reply: refusals as they are, our own faults as 503 or 500
 * with nothing but the request id. Never shows a cause to a caller; the log has it.
 */
import { isGrpcServiceError } from '@temporalio/client';
import type { Middleware } from 'koa';
import { Refusal } from '#domain/refusals.ts';
import type { Log } from '#platform/log.ts';
import { isGitHubPath, presentGitHubRefusal } from '../github/errors.ts';
import { Unavailable } from '../unavailable.ts';

/** Seconds after which a caller may try again when something of ours is away. */
const retryAfterSeconds = 5;

/** SQLSTATE classes and codes that mean the database is away, overloaded or restarting, not that we are wrong. */
const awayStates = /^(08...|53...|57P0.|57014|40001|40P01|55P03|25006|25P03)$/;

/** Node's and pg's own ways of saying that there is no connection. */
const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const awayMessages =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|not queryable/i;

/** gRPC statuses that mean Temporal is away: deadline exceeded, resource exhausted, unavailable, cancelled. */
const awayGrpc = new Set([1, 4, 8, 14]);

/** True when an error, or what caused it, says that PostgreSQL or Temporal cannot be reached at present. */
export function isAway(error: unknown): boolean {
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    if (current instanceof Unavailable) return true;
    if (isGrpcServiceError(current)) return awayGrpc.has(current.code);
    const { code } = current as { code?: unknown };
    if (typeof code === 'string' && (awayStates.test(code) || awayCodes.has(code))) return true;
    if (awayMessages.test(current.message)) return true;
    current = current.cause;
  }
  return false;
}

function presentRefusal({ message, code, fields }: Refusal) {
  return { error: message, code, ...(fields ? { fields } : {}) };
}

/** Turns whatever is thrown into a reply, in the shape that callers of the path expect. */
export function errors(log: Log): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof Refusal) {
        ctx.status = error.status;
        ctx.body = isGitHubPath(ctx.path) ? presentGitHubRefusal(error) : presentRefusal(error);
        if (error.status === 401) ctx.set('WWW-Authenticate', 'Bearer realm="holdfast"');
        if (error.code === 'still_running') ctx.set('Retry-After', '1');
        return;
      }
      const requestId = ctx.state['requestId'] as string;
      const away = isAway(error);
      log[away ? 'warn' : 'error'](
        { err: error, requestId, method: ctx.method, path: ctx.path },
        'request.failed',
      );
      ctx.status = away ? 503 : 500;
      if (away) ctx.set('Retry-After', String(retryAfterSeconds));
      const message = `${away ? 'Temporarily unavailable' : 'Internal error'} (request ${requestId})`;
      ctx.body = isGitHubPath(ctx.path)
        ? { message }
        : { error: message, code: away ? 'unavailable' : 'internal' };
    }
  };
}
