/** Whether this process lives, and whether it can work. Public, and tells nothing that helps a stranger. */
import { z } from 'zod';
import { query } from '#db/query.ts';
import { pendingMigrations } from '#db/migrate.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, type AnyRoute } from '../route.ts';

const tag = 'Health';
const check = z.enum(['ok', 'failed']);
const readiness = z
  .object({ status: check, checks: z.object({ database: check, migrations: check, temporal: check }) })
  .meta({ id: 'Readiness' });

/** The routes. */
export function healthRoutes({ database, temporal }: ApiDependencies): readonly AnyRoute[] {
  let migrated = false;

  const isReachable = async (): Promise<boolean> => {
    try {
      await query(database.pool, { text: 'select 1', values: [] });
      return true;
    } catch {
      return false;
    }
  };

  /** Migrations only go forward, so that a schema found up to date stays it for this process. */
  const isMigrated = async (): Promise<boolean> => {
    try {
      migrated ||= (await pendingMigrations(database)).length === 0;
    } catch {
      return false;
    }
    return migrated;
  };

  const live = defineRoute({
    method: 'get',
    path: '/healthz',
    tag,
    summary: 'Does the process live?',
    scopes: 'public',
    replies: { 200: { description: 'It does', schema: z.object({ status: z.literal('ok') }) } },
    handle: () => ({ status: 200, body: { status: 'ok' } }),
  });

  const ready = defineRoute({
    method: 'get',
    path: '/readyz',
    tag,
    summary: 'Can the process work?',
    description: 'Looks at the database, its migrations and Temporal.',
    scopes: 'public',
    replies: {
      200: { description: 'It can', schema: readiness },
      503: { description: 'It cannot; `checks` says why', schema: readiness },
    },
    handle: async () => {
      const [reachable, temporalHealthy] = await Promise.all([isReachable(), temporal.isHealthy()]);
      const upToDate = reachable && (await isMigrated());
      const ok = reachable && upToDate && temporalHealthy;
      const word = (good: boolean) => (good ? 'ok' : 'failed');
      const checks = {
        database: word(reachable),
        migrations: word(upToDate),
        temporal: word(temporalHealthy),
      };
      return {
        status: ok ? 200 : 503,
        headers: ok ? {} : { 'Retry-After': '5' },
        body: { status: word(ok), checks },
      };
    },
  });

  return [live, ready];
}
