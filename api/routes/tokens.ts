/** Tokens: the platform makes them for its people, lists them and takes them back. */
import type { Database } from '#db/orm.ts';
import { AccessTokenEntity, type AccessToken } from '#db/entities/access-token.ts';
import { isUuid } from '#domain/ids.ts';
import { pageLimits } from '#domain/limits.ts';
import { Refusal } from '#domain/refusals.ts';
import { z } from 'zod';
import { hashToken, makeToken } from '../access-tokens.ts';
import { fromCursor, toPage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { dataOf, errorReplies, idParams, pageOf } from '../schemas/common.ts';
import { createTokenBody, token, tokensQuery, tokenWithSecret } from '../schemas/tokens.ts';

const tag = 'Tokens';

function present(row: AccessToken) {
  return {
    id: row.id,
    username: row.username,
    scopes: row.scopes,
    expiresAt: row.expiresAt ?? null,
    createdAt: row.createdAt,
  };
}

/** The routes. */
export function tokenRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  return [createRoute, listRoute, readRoute, removeRoute].map((route) => route(dependencies));
}

async function findById(database: Database, id: string): Promise<AccessToken> {
  const row = isUuid(id) ? await database.fork().findOne(AccessTokenEntity, { id }) : null;
  if (row === null) throw new Refusal('not_found', 'Token not found');
  return row;
}

function createRoute({ database }: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/tokens',
    tag,
    summary: 'Make a token',
    description: 'The token is in this reply only.',
    scopes: ['platform'],
    body: { kind: 'json', schema: createTokenBody },
    replies: {
      201: {
        description: 'Made',
        schema: dataOf(tokenWithSecret),
        headers: z.object({ Location: z.string() }),
      },
      ...errorReplies(400, 401, 403, 413, 415, 422),
    },
    handle: async ({ body }) => {
      const secret = makeToken();
      const em = database.fork();
      const row = em.create(AccessTokenEntity, {
        hash: hashToken(secret),
        username: body.username,
        scopes: [...new Set(body.scopes)],
        expiresAt: body.expiresAt ?? null,
      });
      await em.flush();
      return {
        status: 201,
        headers: { Location: `/api/tokens/${row.id}` },
        body: { data: { ...present(row), token: secret } },
      };
    },
  });
}

function listRoute({ database }: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/tokens',
    tag,
    summary: 'List tokens',
    scopes: ['platform'],
    query: tokensQuery,
    replies: { 200: { description: 'A page', schema: pageOf(token) }, ...errorReplies(400, 401, 403, 422) },
    handle: async ({ query }) => {
      const limit = query.limit ?? pageLimits.standard;
      const before = fromCursor(query.cursor);
      const rows = await database
        .fork()
        .find(AccessTokenEntity, before === null ? {} : { id: { $lt: before } }, {
          orderBy: { id: 'desc' },
          limit: limit + 1,
        });
      const page = toPage(rows, limit);
      return { status: 200, body: { data: page.rows.map(present), nextCursor: page.nextCursor } };
    },
  });
}

function readRoute({ database }: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/tokens/:id',
    tag,
    summary: 'Read a token',
    scopes: ['platform'],
    params: idParams,
    replies: { 200: { description: 'The token', schema: dataOf(token) }, ...errorReplies(401, 403, 404) },
    handle: async ({ params }) => ({
      status: 200,
      body: { data: present(await findById(database, params.id)) },
    }),
  });
}

function removeRoute({ database }: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'delete',
    path: '/api/tokens/:id',
    tag,
    summary: 'Take a token back',
    scopes: ['platform'],
    params: idParams,
    replies: {
      200: { description: 'Taken back', schema: z.object({ success: z.literal(true) }) },
      ...errorReplies(401, 403, 404),
    },
    handle: async ({ params }) => {
      const row = await findById(database, params.id);
      await database.fork().nativeDelete(AccessTokenEntity, { id: row.id });
      return { status: 200, body: { success: true } };
    },
  });
}
