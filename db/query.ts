/**
 * Runs one hand-written statement on the pool, with PostgreSQL's types as JavaScript's:
 * timestamptz as Date, bigint as string. Builds no SQL; every value is a bound parameter.
 */
import { CompiledQuery } from 'kysely';
import type { EntityManager } from '@mikro-orm/postgresql';
import { types, type QueryConfig, type QueryResultRow } from 'pg';

/** Whoever can run a statement: the pool, one of its connections, or a unit of work inside its transaction. */
export interface Executor {
  query<Row extends QueryResultRow>(config: QueryConfig): Promise<{ readonly rows: Row[] }>;
}

/** Runs statements inside the transaction of a unit of work. */
export function executorOf(em: EntityManager): Executor {
  return {
    query: async <Row>({ text, values = [] }: QueryConfig) => {
      const { rows } = await em.getKysely().executeQuery(CompiledQuery.raw(text, values));
      return { rows: rows as Row[] };
    },
  };
}

/**
 * A statement. With a name it is prepared once a connection, which what is run again and again must be: to plan one over the
 * days of deliveries costs ten times what it costs to run it.
 */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Runs a statement and returns its rows. Throws PostgreSQL's error as it is. */
export async function query<Row extends QueryResultRow>(
  executor: Executor,
  statement: Statement,
): Promise<Row[]> {
  const { name, text, values } = statement;
  const config = { text, values: [...values], types };
  const result = await executor.query<Row>(name === undefined ? config : { ...config, name });
  return result.rows;
}

/**
 * An expression that lets the statement's transaction commit without waiting for the disk. For writes that may be forgotten
 * when PostgreSQL itself crashes, and nothing else.
 */
export const withoutWaitingForTheDisk = `set_config('synchronous_commit', 'off', true)`;
