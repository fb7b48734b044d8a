/**
 * Opens the database: MikroORM for the management tables, and the same connection pool for the hand-written
 * statements of the hot path. Holds no module-level instance; each process opens its own and closes it.
 */
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import { AccessTokenEntity } from './entities/access-token.ts';
import { HookEntity } from './entities/hook.ts';
import { RepositoryEntity } from './entities/repository.ts';
import { Initial } from './migrations/20261122000001_initial.ts';
import { GroupDispatch } from './migrations/20261122000002_group_dispatch.ts';
import { Services } from './migrations/20261122000003_services.ts';
import { Control } from './migrations/20261122000004_control.ts';
import { Holding } from './migrations/20261122000005_holding.ts';
import { Schedules } from './migrations/20261122000006_schedules.ts';
import { Ordering } from './migrations/20261122000007_ordering.ts';
import { Notices } from './migrations/20261122000008_notices.ts';
import { Limits } from './migrations/20261122000009_limits.ts';
import { Replays } from './migrations/20261122000010_replays.ts';

/** How to open the database. */
export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/name`. */
  readonly url: string;
  /** Connections this process may hold. */
  readonly connections: number;
  /** Told of migrations and lost connections, in messages that hold no values. */
  readonly note: (message: string) => void;
}

/** An open database. */
export interface Database {
  readonly orm: MikroORM;
  /** A fresh unit of work for one request. */
  readonly fork: () => EntityManager;
  /** The pool itself, for db/queries. */
  readonly pool: Pool;
  readonly close: () => Promise<void>;
}

/** Milliseconds after which a connection attempt, a statement and a wait for a lock are given up. */
const deadlines = { connectMs: 3000, statementMs: 15_000, lockMs: 5000 };

/**
 * Every statement finds its rows by index, and its plan is made once a connection and kept: planning a statement over the
 * days' partitions costs several times its execution, and statistics of tables that grow by thousands of rows a second
 * would choose to read them whole. The plan may have been made while a table was empty: a statement that writes what a
 * subquery has chosen is given the ids as an array, which can only be used to look them up.
 */
const planning = [
  'plan_cache_mode=force_generic_plan',
  ...['seqscan', 'hashjoin', 'mergejoin'].map((way) => `enable_${way}=off`),
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** Opens the database. Connects lazily: a server that is away shows itself at the first statement. */
export async function openDatabase({ url, connections, note }: DatabaseOptions): Promise<Database> {
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [RepositoryEntity, AccessTokenEntity, HookEntity],
    extensions: [Migrator],
    migrations: {
      migrationsList: [
        { name: '20261122000001_initial', class: Initial },
        { name: '20261122000002_group_dispatch', class: GroupDispatch },
        { name: '20261122000003_services', class: Services },
        { name: '20261122000004_control', class: Control },
        { name: '20261122000005_holding', class: Holding },
        { name: '20261122000006_schedules', class: Schedules },
        { name: '20261122000007_ordering', class: Ordering },
        { name: '20261122000008_notices', class: Notices },
        { name: '20261122000009_limits', class: Limits },
        { name: '20261122000010_replays', class: Replays },
      ],
      snapshot: false,
    },
    pool: { min: 0, max: connections, idleTimeoutMillis: 30_000 },
    driverOptions: {
      connectionTimeoutMillis: deadlines.connectMs,
      statement_timeout: deadlines.statementMs,
      lock_timeout: deadlines.lockMs,
      query_timeout: deadlines.statementMs + 1000,
      idle_in_transaction_session_timeout: deadlines.statementMs,
      keepAlive: true,
      application_name: 'holdfast',
      options: planning,
    },
    logger: (message) => note(message),
    colors: false,
    debug: false,
  });
  const connection = orm.em.getConnection();
  // Without this the ORM would ask the server something at once, and no process could boot while it is away.
  await connection.connect({ skipOnConnect: true });
  const pool = await connection.getNativeClient();
  const close = async (): Promise<void> => {
    await orm.close(true);
    // A connection that the ORM never made itself it does not close either, and idle ones would keep the process alive.
    if (!pool.ending) await pool.end();
  };
  return { orm, fork: () => orm.em.fork(), pool, close };
}
