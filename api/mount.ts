/**
 * Mounts declared routes: authentication, scope, parameters, what is acted on, query, body, handler, in this order,
 * so that who may not learn of a thing never learns what was wrong with the request for it.
 */
import { Router, type RouterContext } from '@koa/router';
import type { Middleware } from 'koa';
import { hasScope, type Caller } from '#domain/access.ts';
import { intakeLimits, managementLimits } from '#domain/limits.ts';
import { Refusal } from '#domain/refusals.ts';
import { decodeUtf8, nestsDeeper, parseJson } from '#intake/check-payload.ts';
import { checkWith } from '#intake/check-with.ts';
import type { Authenticate } from './authentication.ts';
import { stringify } from './json-text.ts';
import { readBody } from './read-body.ts';
import type { AnyRoute, Route } from './route.ts';

/**
 * Levels of nesting in a JSON body. More than a payload may have, so that in a batch only the event at fault is refused;
 * few enough that neither parsing nor writing it again costs much.
 */
const bodyDepth = 4 * intakeLimits.payloadDepth;

const anonymous: Caller = { username: '', scopes: new Set() };

/** Makes the router of some routes. */
export function mountRoutes(
  routes: readonly AnyRoute[],
  authenticate: Authenticate,
  publicUrl?: string,
): Router {
  const router = new Router();
  for (const route of routes) {
    router[route.method](route.path, handlerOf(route as unknown as Route, authenticate, publicUrl));
  }
  return router;
}

function handlerOf(route: Route, authenticate: Authenticate, publicUrl: string | undefined): Middleware {
  return async (context) => {
    const receivedMs = Date.now();
    const ctx = context as unknown as RouterContext;
    const caller = await admit(route, ctx, authenticate);
    const params = route.params === undefined ? {} : checkWith(route.params, ctx.params, '');
    const loaded = await route.load?.(params, caller);
    const query = route.query === undefined ? {} : checkWith(route.query, presentOf(ctx.query), '');
    const body = await bodyOf(route, ctx);
    const header = (name: string): string | undefined => {
      const value = ctx.headers[name.toLowerCase()];
      return typeof value === 'string' ? value : undefined;
    };
    const origin = publicUrl ?? `${ctx.protocol}://${ctx.host}`;
    const requestId = String(ctx.state['requestId']);
    const reply = await route.handle({
      params,
      query,
      body,
      loaded,
      caller,
      requestId,
      receivedMs,
      origin,
      header,
    });
    ctx.status = reply.status;
    for (const [name, value] of Object.entries(reply.headers ?? {})) ctx.set(name, value);
    if (reply.body === undefined) {
      ctx.body = null;
      ctx.status = reply.status;
    } else {
      const type = route.replies[reply.status]?.contentType ?? 'application/json';
      ctx.type = `${type}; charset=utf-8`;
      ctx.body = type === 'text/html' && typeof reply.body === 'string' ? reply.body : stringify(reply.body);
    }
  };
}

async function admit(route: Route, ctx: RouterContext, authenticate: Authenticate): Promise<Caller> {
  if (route.scopes === 'public') return anonymous;
  const caller = await authenticate(ctx.get('Authorization'));
  if (!hasScope(caller, route.scopes)) throw new Refusal('insufficient_scope', 'Insufficient scope');
  return caller;
}

/** Query parameters that say something: an empty one counts as absent. */
function presentOf(query: Readonly<Record<string, string | string[] | undefined>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}

async function bodyOf(route: Route, ctx: RouterContext): Promise<unknown> {
  const { body } = route;
  if (body === undefined) return undefined;
  const bytes = await readBody(ctx.req, limitOf(body));
  if (body.kind === 'raw') return bytes;
  if (body.kind === 'form') return checkWith(body.schema, readForm(decodeUtf8(bytes)), 'body');
  if (bytes.length > 0) return checkWith(body.schema, readJson(decodeUtf8(bytes)), 'body');
  if (body.optional === true) return checkWith(body.schema, {}, 'body');
  throw new Refusal('invalid_json', 'The body is empty; JSON is expected');
}

function limitOf(body: NonNullable<Route['body']>): number {
  return (body.kind === 'form' ? undefined : body.limitBytes) ?? managementLimits.bodyBytes;
}

/** The fields of a form; of one that comes twice, the last. */
function readForm(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

function readJson(text: string): unknown {
  if (nestsDeeper(text, bodyDepth)) {
    throw new Refusal('invalid_json', `The body nests deeper than ${bodyDepth} levels`);
  }
  return parseJson(text);
}
