/**
 * Reads what the database says of deliveries and of itself, on one connection of its own. Reads only; it counts its own
 * statements, so that they can be taken off what is measured.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type QueryResultRow } from 'pg';
import { nowMs } from '../clock.ts';
import type { BenchRepository } from './bench-repository.ts';

/** Counters of the database. */
export interface DatabaseCounters {
  readonly atMs: number;
  /** Transactions that ended, without those of these records. The database tells of them some seconds late. */
  readonly transactions: number;
  /** Transactions that wrote: the next transaction id, known at once. */
  readonly writes: bigint;
  /** Bytes of write-ahead log. */
  readonly walBytes: bigint;
}

/** The database as a witness. */
export interface Records {
  /** Waits until every delivery of a repository has ended; answers how many have not at the deadline. */
  readonly untilSettled: (repository: BenchRepository, deadlineMs: number) => Promise<number>;
  /** Milliseconds from acceptance to the record of the end, of each delivery of a repository that was delivered. */
  readonly recordedAfterMs: (repository: BenchRepository) => Promise<readonly number[]>;
  /** How many attempts a repository's deliveries took. */
  readonly attempts: (repository: BenchRepository) => Promise<number>;
  /** How many of a repository's deliveries wait for their next attempt. */
  readonly waiting: (repository: BenchRepository) => Promise<number>;
  /** Bytes of the whole database on the disk. */
  readonly databaseBytes: () => Promise<number>;
  /** The rows of a table of the bench's own. */
  readonly rows: (table: string) => Promise<number>;
  readonly counters: () => Promise<DatabaseCounters>;
  /** The server's version and the settings on which durability and speed hang. */
  readonly settings: () => Promise<Readonly<Record<string, string>>>;
  readonly close: () => Promise<void>;
}

const lookEveryMs = 250;
const settingNames = [
  'server_version',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
];

const ofRepository = 'repository_id = (select id from repository where owner = $1 and name = $2)';

/** Opens the connection. */
export async function openRecords(databaseUrl: string): Promise<Records> {
  const client = new Client({ connectionString: databaseUrl });
  // A server that goes away fails the next statement; the event by which it says so would end the process.
  client.on('error', () => undefined);
  await client.connect();
  let statements = 0;
  const query = async <Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> => {
    statements += 1;
    return (await client.query<Row>(text, values)).rows;
  };
  /** The one number that a statement answers; 0 when it answers null. */
  const numberOf = async (text: string, repository?: BenchRepository): Promise<number> => {
    const values = repository === undefined ? [] : [repository.owner, repository.name];
    const [row] = await query<{ number: string | null }>(`select (${text}) as number`, values);
    return Number(row?.number ?? 0);
  };
  const unsettled = (repository: BenchRepository): Promise<number> =>
    numberOf(`select count(*) from delivery where ${ofRepository} and settled_at is null`, repository);

  return {
    untilSettled: async (repository, deadlineMs) => {
      const untilMs = nowMs() + deadlineMs;
      let left = await unsettled(repository);
      while (left > 0 && nowMs() < untilMs) {
        await delay(lookEveryMs);
        left = await unsettled(repository);
      }
      return left;
    },
    recordedAfterMs: async ({ owner, name }) => {
      const rows = await query<{ ms: number }>(
        `select (extract(epoch from settled_at - accepted_at) * 1000)::float8 as ms from delivery
         where ${ofRepository} and state = 'delivered'`,
        [owner, name],
      );
      return rows.map(({ ms }) => ms);
    },
    attempts: (repository) =>
      numberOf(`select sum(attempts) from delivery where ${ofRepository}`, repository),
    waiting: (repository) =>
      numberOf(`select count(*) from delivery where ${ofRepository} and state = 'waiting'`, repository),
    databaseBytes: () => numberOf('select pg_database_size(current_database())'),
    rows: (table) => numberOf(`select count(*) from ${table}`),
    counters: async () => {
      const [row] = await query<{ transactions: string; xid: string; wal: string }>(
        `select xact_commit + xact_rollback as transactions,
           pg_snapshot_xmax(pg_current_snapshot())::text as xid,
           pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text as wal
         from pg_stat_database where datname = current_database()`,
      );
      if (row === undefined) throw new Error('PostgreSQL tells nothing of its database');
      return {
        atMs: nowMs(),
        transactions: Number(row.transactions) - statements,
        writes: BigInt(row.xid),
        walBytes: BigInt(row.wal),
      };
    },
    settings: async () => {
      const rows = await query<{ name: string; setting: string }>(
        'select name, current_setting(name) as setting from unnest($1::text[]) as name',
        [settingNames],
      );
      return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
    },
    close: () => client.end(),
  };
}
