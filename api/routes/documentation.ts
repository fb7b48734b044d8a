/** The API's own description: the OpenAPI document, and a page of it for people. */
import { z } from 'zod';
import { documentationPage } from '../documentation-page.ts';
import { createOpenApiDocument } from '../openapi.ts';
import { defineRoute, type AnyRoute } from '../route.ts';

const tag = 'Documentation';

/** The routes that describe `routes` and themselves. */
export function documentationRoutes(routes: readonly AnyRoute[]): readonly AnyRoute[] {
  const described = defineRoute({
    method: 'get',
    path: '/openapi.json',
    tag,
    summary: 'This document',
    scopes: 'public',
    replies: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) } },
    handle: () => ({ status: 200, body: document }),
  });
  const shown = defineRoute({
    method: 'get',
    path: '/docs',
    tag,
    summary: 'This document as a page for people',
    scopes: 'public',
    replies: { 200: { description: 'The page', schema: z.string(), contentType: 'text/html' } },
    handle: () => ({
      status: 200,
      headers: { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" },
      body: page,
    }),
  });
  const all = [described, shown];
  const document = createOpenApiDocument([...routes, ...all]);
  const page = documentationPage(document);
  return all;
}
