/** The API's own description: the OpenAPI document, and a page of it for people. */
import { z } from 'zod';
import { defineRoute, type AnyRoute } from '../route.ts';
import { createOpenApiDocument } from '../openapi.ts';

/** The routes that describe `routes` and themselves. */
export function documentationRoutes(routes: readonly AnyRoute[]): readonly AnyRoute[] {
  const described = defineRoute({
    method: 'get',
    path: '/openapi.json',
    tag: 'Documentation',
    summary: 'This document',
    scopes: 'public',
    replies: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) } },
    handle: () => ({ status: 200, body: document }),
  });
  const all = [described];
  const document = createOpenApiDocument([...routes, ...all]);
  return all;
}
