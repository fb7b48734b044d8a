/**
 * How a route is declared: path, who may, what comes in, what goes out, and the function that does it.
 * The same declaration mounts the route, validates its requests and writes its page of the OpenAPI document.
 */
import type { z } from 'zod';
import type { Caller, Scope } from '#domain/access.ts';

/** What a handler answers. */
export interface Reply {
  readonly status: number;
  /** Sent as JSON, or as it is when it is HTML; absent for replies without a body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that has passed authentication, scope and validation. */
export interface Request<Params, Query, Body, Loaded> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** What `load` found: what the caller may act on. */
  readonly loaded: Loaded;
  /** Who calls; a public route sees an anonymous caller without scopes. */
  readonly caller: Caller;
  /** The id of this request, as it is logged. */
  readonly requestId: string;
  /** When it came in, in milliseconds since the epoch. */
  readonly receivedMs: number;
  /** Where callers reach this API: scheme, host and port. */
  readonly origin: string;
  /** A request header by its name, or undefined. */
  readonly header: (name: string) => string | undefined;
}

/** What a reply looks like, for the document. */
export interface ReplyDeclaration {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** `application/json` unless told otherwise. */
  readonly contentType?: 'text/html';
  readonly headers?: z.ZodObject;
}

/** The body of a request: JSON or a form checked by a schema, or raw bytes that the handler checks itself. */
export type BodyDeclaration<Body> =
  | {
      readonly kind: 'json';
      readonly schema: z.ZodType<Body>;
      readonly limitBytes?: number;
      /** True when no body at all means the same as `{}`. */
      readonly optional?: boolean;
    }
  | { readonly kind: 'form'; readonly schema: z.ZodType<Body> }
  | { readonly kind: 'raw'; readonly documentedAs: z.ZodType; readonly limitBytes: number };

/** A route, whole. */
export interface Route<Params = unknown, Query = unknown, Body = unknown, Loaded = unknown> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** The path with `:name` for parameters. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Scopes of which one is needed, or `public` for routes without authentication. */
  readonly scopes: readonly Scope[] | 'public';
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly requestHeaders?: z.ZodObject;
  readonly body?: BodyDeclaration<Body>;
  readonly replies: Readonly<Record<number, ReplyDeclaration>>;
  /** Finds what the route acts on and refuses what is not the caller's, before the body is looked at. */
  readonly load?: (params: Params, caller: Caller) => Promise<Loaded>;
  readonly handle: (request: Request<Params, Query, Body, Loaded>) => Promise<Reply> | Reply;
}

/** A route whose types have been checked and are no longer of interest. */
export type AnyRoute = Route<never, never, never, never>;

/** Declares a route; the types of its parts must agree with its handler's. */
export function defineRoute<
  Params = Record<string, never>,
  Query = Record<string, never>,
  Body = undefined,
  Loaded = undefined,
>(route: Route<Params, Query, Body, Loaded>): AnyRoute {
  return route as unknown as AnyRoute;
}
