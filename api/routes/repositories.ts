/** The platform's repositories: it says which there are, whose they are and who administers them. */
import type { Database } from '#db/orm.ts';
import { RepositoryEntity, type Repository } from '#db/entities/repository.ts';
import { executorOf } from '#db/query.ts';
import { deleteRepository } from '#db/queries/delete-repository.ts';
import { putRepository, type RepositorySettings } from '#db/queries/put-repository.ts';
import { setNoticeAddress } from '#db/queries/set-notice-address.ts';
import { cancelDeliveriesOfHooks } from '#db/queries/switch-hook.ts';
import { pageLimits } from '#domain/limits.ts';
import { Refusal, refuseFields } from '#domain/refusals.ts';
import { checkWith } from '#intake/check-with.ts';
import { z } from 'zod';
import { fromCursor, toPage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { findRepository, publicRepositoryId } from '../hooks.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { dataOf, errorReplies, pageOf, repositoryParams } from '../schemas/common.ts';
import { putRepositoryBody, repositoriesQuery, repository, segment } from '../schemas/repositories.ts';

const tag = 'Repositories';

function present(row: Repository) {
  return {
    id: publicRepositoryId(row),
    owner: row.owner,
    name: row.name,
    organization: row.organization ?? null,
    admins: row.admins,
    noticeEmail: row.noticeEmail ?? null,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

const newRepositoryParams = z.object({ owner: segment, repo: segment });

/** The routes. */
export function repositoryRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  return [listRoute, putRoute, readRoute, removeRoute].map((route) => route(dependencies));
}

async function findByName(database: Database, owner: string, name: string): Promise<Repository> {
  const row = await findRepository(database, owner, name);
  if (row === null) throw new Refusal('not_found', 'Repository not found or unauthorized');
  return row;
}

/**
 * Puts a repository and its address for notices together; answers true when it was made.
 *
 * @param address undefined to leave it as it is
 */
async function putWithAddress(
  { database, sendsMail, cancelRuns }: ApiDependencies,
  { owner, name }: { readonly owner: string; readonly name: string },
  settings: RepositorySettings,
  address: string | null | undefined,
): Promise<boolean> {
  if (address === undefined) return putRepository(database.pool, owner, name, settings);
  if (address !== null && !sendsMail) {
    const message = 'This Holdfast sends no mail: its operator has named no mail server';
    throw refuseFields([{ path: 'noticeEmail', message }]);
  }
  const { made, cancelled } = await database.fork().transactional(async (em) => {
    const executor = executorOf(em);
    const isNew = await putRepository(executor, owner, name, settings);
    const removed = await setNoticeAddress(executor, owner, name, address);
    return { made: isNew, cancelled: await cancelDeliveriesOfHooks(executor, removed) };
  });
  cancelRuns(cancelled);
  return made;
}

function putRoute(dependencies: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'put',
    path: '/api/repositories/:owner/:repo',
    tag,
    summary: 'Make or change a repository',
    description: 'What is not given stays as it is.',
    scopes: ['platform'],
    params: repositoryParams,
    body: { kind: 'json', schema: putRepositoryBody },
    replies: {
      200: { description: 'Changed', schema: dataOf(repository) },
      201: { description: 'Made', schema: dataOf(repository) },
      ...errorReplies(400, 401, 403, 413, 415, 422),
    },
    handle: async ({ params, body: { id: externalId, noticeEmail, ...settings } }) => {
      const { owner, repo: name } = checkWith(newRepositoryParams, params, 'path');
      const { organization, admins } = settings;
      const columns = { externalId, organization, admins };
      const made = await putWithAddress(dependencies, { owner, name }, columns, noticeEmail);
      const row = await findByName(dependencies.database, owner, name);
      return { status: made ? 201 : 200, body: { data: present(row) } };
    },
  });
}

function readRoute({ database }: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/repositories/:owner/:repo',
    tag,
    summary: 'Read a repository',
    scopes: ['platform'],
    params: repositoryParams,
    replies: {
      200: { description: 'The repository', schema: dataOf(repository) },
      ...errorReplies(401, 403, 404),
    },
    handle: async ({ params }) => ({
      status: 200,
      body: { data: present(await findByName(database, params.owner, params.repo)) },
    }),
  });
}

function listRoute({ database }: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/repositories',
    tag,
    summary: 'List repositories',
    scopes: ['platform'],
    query: repositoriesQuery,
    replies: {
      200: { description: 'A page', schema: pageOf(repository) },
      ...errorReplies(400, 401, 403, 422),
    },
    handle: async ({ query }) => {
      const limit = query.limit ?? pageLimits.standard;
      const before = fromCursor(query.cursor);
      const rows = await database
        .fork()
        .find(RepositoryEntity, before === null ? {} : { id: { $lt: before } }, {
          orderBy: { id: 'desc' },
          limit: limit + 1,
        });
      const page = toPage(rows, limit);
      return { status: 200, body: { data: page.rows.map(present), nextCursor: page.nextCursor } };
    },
  });
}

function removeRoute({ database, cancelRuns }: ApiDependencies): AnyRoute {
  return defineRoute({
    method: 'delete',
    path: '/api/repositories/:owner/:repo',
    tag,
    summary: 'Delete a repository',
    description: 'Its hooks, events and deliveries go with it; nothing of it is sent any more.',
    scopes: ['platform'],
    params: repositoryParams,
    replies: {
      200: { description: 'Deleted', schema: z.object({ success: z.literal(true) }) },
      ...errorReplies(401, 403, 404),
    },
    handle: async ({ params }) => {
      const row = await findByName(database, params.owner, params.repo);
      cancelRuns(await deleteRepository(database.pool, row.id));
      return { status: 200, body: { success: true } };
    },
  });
}
