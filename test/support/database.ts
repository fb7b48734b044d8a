/** A database of its own for each test file: a copy of a template that was migrated once, dropped afterwards. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '#db/migrate.ts';
import { openDatabase, type Database } from '#db/orm.ts';
import { servers } from './servers.ts';

/** A database for tests. */
export interface TestDatabase extends Database {
  readonly url: string;
  /** Closes and drops it. */
  readonly drop: () => Promise<void>;
}

/** Test processes that run beside each other share the server: each has its own. */
const template = `holdfast_template_${process.pid}`;
let prepared: Promise<void> | undefined;

async function administer(statement: string): Promise<void> {
  const { postgresUrl } = await servers();
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function urlOf(name: string): Promise<string> {
  const url = new URL((await servers()).postgresUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Makes an empty database without any schema. */
export async function createEmptyDatabase(): Promise<{
  readonly url: string;
  readonly drop: () => Promise<void>;
}> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(`create database ${name}`);
  return { url: await urlOf(name), drop: () => administer(`drop database ${name} with (force)`) };
}

async function prepareTemplate(): Promise<void> {
  await administer(`create database ${template}`);
  const database = await openDatabase({ url: await urlOf(template), connections: 2, note: () => undefined });
  await migrate(database);
  await database.close();
}

/** Makes a database with the present schema. */
export async function createTestDatabase(): Promise<TestDatabase> {
  prepared ??= prepareTemplate();
  await prepared;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(`create database ${name} template ${template}`);
  const url = await urlOf(name);
  const database = await openDatabase({ url, connections: 20, note: () => undefined });
  return {
    ...database,
    url,
    drop: async () => {
      await database.close();
      await administer(`drop database ${name} with (force)`);
    },
  };
}
