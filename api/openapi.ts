/**
 * The OpenAPI 3.1 document, written from the same declarations that mount and validate the routes,
 * so that it cannot say something else.
 */
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import type { z } from 'zod';
import type { AnyRoute, Route } from './route.ts';

/** The path as OpenAPI writes it: `{name}` for parameters. */
export function openApiPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { params, query, requestHeaders, body, replies, scopes } = route;
  return {
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    operationId: `${route.method} ${route.path}`.replace(/\W+(\w)/g, (_match, letter: string) =>
      letter.toUpperCase(),
    ),
    security: scopes === 'public' ? [] : [{ bearer: [] }],
    ...(scopes === 'public' ? {} : { 'x-scopes': scopes }),
    requestParams: {
      ...(params === undefined ? {} : { path: params as z.ZodObject }),
      ...(query === undefined ? {} : { query: query as z.ZodObject }),
      ...(requestHeaders === undefined ? {} : { header: requestHeaders }),
    },
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !(body.kind === 'json' && body.optional === true),
            content: {
              [body.kind === 'form' ? 'application/x-www-form-urlencoded' : 'application/json']: {
                schema: body.kind === 'raw' ? body.documentedAs : body.schema,
              },
            },
          },
        }),
    responses: Object.fromEntries(
      Object.entries(replies).map(
        ([status, { description, schema, headers, contentType = 'application/json' }]) => [
          status,
          {
            description,
            ...(headers === undefined ? {} : { headers }),
            ...(schema === undefined ? {} : { content: { [contentType]: { schema } } }),
          },
        ],
      ),
    ),
  };
}

/** Writes the document of some routes. */
export function createOpenApiDocument(routes: readonly AnyRoute[]) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const declared of routes) {
    const route = declared as unknown as Route;
    const path = (paths[openApiPath(route.path)] ??= {});
    path[route.method] = operationOf(route);
  }
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Holdfast',
      version: '1',
      description: "Delivers a repository platform's events to webhooks durably.",
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of Holdfast, or a JWT of the platform',
        },
      },
    },
  });
}
