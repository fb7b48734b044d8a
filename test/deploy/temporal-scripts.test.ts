import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { searchAttributes } from '#domain/ids.ts';
import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { findTemporalCli } from '#platform/embedded/temporal-binary.ts';
import { createLog } from '#platform/log.ts';
import { servers } from '../support/servers.ts';
import { startChild, type Ending } from './child.ts';
import { interpolate, readComposeFile, root } from './compose-file.ts';

const { services } = interpolate(readComposeFile(), {
  POSTGRES_PASSWORD: 'a-password',
  HOLDFAST_PLATFORM_TOKEN: 'a-token-of-the-test',
  HOLDFAST_ENCRYPTION_KEYS: 'key1:AA',
});

/** Runs the one-shot of a service as its container would, with `bin` first on the PATH. */
function run(name: string, bin: string, changes: Readonly<Record<string, string>> = {}): Promise<Ending> {
  const { entrypoint, command, volumes, environment } = services[name] ?? assert.fail(`no service ${name}`);
  assert.deepEqual(entrypoint, ['/bin/sh']);
  assert.deepEqual(volumes, ['./deploy/temporal:/deploy:ro']);
  const script = (command?.[0] ?? '').replace('/deploy/', `${resolve(root, 'deploy/temporal')}/`);
  return startChild(['/bin/sh', script], {
    cwd: root,
    env: {
      PATH: [bin, process.env['PATH']].join(delimiter),
      HOME: bin,
      ...environment,
      ...changes,
    },
  }).ended;
}

describe('deploy/temporal/create-namespace.sh', () => {
  let bin: string;
  let address: string;
  let connection: Connection;
  const namespace = `deploy-${randomUUID()}`;

  before(async function () {
    this.timeout(60_000);
    bin = await mkdtemp(join(tmpdir(), 'holdfast-cli-'));
    const { path } = await findTemporalCli({
      env: process.env,
      cacheDir: await findCacheFolder(process.env),
      log: createLog('silent'),
    });
    await symlink(path, join(bin, 'temporal'));
    ({ temporalAddress: address } = await servers());
    connection = await Connection.connect({ address });
  });
  after(async () => {
    await connection?.close();
    await rm(bin, { recursive: true, force: true });
  });

  const create = (changes: Readonly<Record<string, string>> = {}): Promise<Ending> =>
    run('temporal-namespace', bin, { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, ...changes });

  const retentionHours = async (): Promise<number> => {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    return Number(config?.workflowExecutionRetentionTtl?.seconds) / 3600;
  };

  it('makes the namespace, with a week of histories and the search attributes', async function () {
    this.timeout(60_000);

    const { code, output } = await create();

    assert.equal(code, 0, output);
    assert.equal(await retentionHours(), 168);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    for (const name of Object.keys(searchAttributes)) assert.equal(Number(customAttributes[name]), 2, name);
  });

  it('may run again, and brings the retention to what is asked for', async function () {
    this.timeout(60_000);

    const { code, output } = await create({ TEMPORAL_RETENTION: '240h' });

    assert.equal(code, 0, output);
    assert.equal(await retentionHours(), 240);
  });

  it('gives up at its deadline when no server is there', async () => {
    const started = Date.now();

    const { code, output } = await create({ TEMPORAL_ADDRESS: '127.0.0.1:1', DEADLINE_SECONDS: '2' });

    assert.equal(code, 1);
    assert.match(output, /Not within 2 s/);
    assert.ok(Date.now() - started < 15_000);
  });
});

describe('deploy/temporal/create-databases.sh', () => {
  let bin: string;

  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), 'holdfast-sql-'));
  });
  afterEach(() => rm(bin, { recursive: true, force: true }));

  /** Stands for temporal-sql-tool, which no registry reached here has ready to run: notes its calls and obeys. */
  const standIn = async (failing: string): Promise<void> => {
    const path = join(bin, 'temporal-sql-tool');
    await writeFile(path, `#!/bin/sh\necho "$*" >> "${join(bin, 'calls')}"\n${failing}\n`);
    await chmod(path, 0o755);
  };
  const calls = async (): Promise<readonly string[]> =>
    (await readFile(join(bin, 'calls'), 'utf8')).trim().split('\n');

  it('makes both databases, then brings each to the newest schema', async () => {
    await standIn('exit 0');

    const { code, output } = await run('temporal-databases', bin);

    assert.equal(code, 0, output);
    assert.deepEqual(await calls(), [
      '--database temporal create-database --defaultdb postgres',
      '--database temporal setup-schema --version 0.0',
      '--database temporal update-schema --schema-name postgresql/v12/temporal',
      '--database temporal_visibility create-database --defaultdb postgres',
      '--database temporal_visibility setup-schema --version 0.0',
      '--database temporal_visibility update-schema --schema-name postgresql/v12/visibility',
    ]);
  });

  it('fails when a schema cannot be brought up to date', async () => {
    await standIn('case "$*" in *update-schema*) exit 1 ;; esac');

    const { code } = await run('temporal-databases', bin);

    assert.equal(code, 1);
    assert.equal((await calls()).length, 3);
  });

  it('gives up at its deadline when no database is there', async () => {
    await standIn('exit 1');

    const { code, output } = await run('temporal-databases', bin, { DEADLINE_SECONDS: '1' });

    assert.equal(code, 1);
    assert.match(output, /Not within 1 s: temporal-sql-tool --database temporal create-database/);
  });
});
