import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';

import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { readCommandLine } from '#platform/embedded/process-identity.ts';
import { findTemporalCli } from '#platform/embedded/temporal-binary.ts';
import type { SearchAttributes } from '#platform/embedded/temporal-readiness.ts';
import { startTemporal, type RunningTemporal } from '#platform/embedded/temporal.ts';
import { makeLog, makeScratch, readLine, until } from './scratch.ts';

const scratch = makeScratch();
const searchAttributes: SearchAttributes = { TestHook: 'Keyword', TestLabels: 'KeywordList' };
let cli = '';

async function start(
  dataDir: string,
  more: { searchAttributes?: SearchAttributes; headless?: boolean; onRestart?: () => void } = {},
): Promise<RunningTemporal> {
  const temporal = await startTemporal({ cli, dataDir, log: makeLog(), searchAttributes, ...more });
  scratch.later(() => temporal.stop());
  return temporal;
}

async function connect({ address }: RunningTemporal): Promise<Connection> {
  const connection = await Connection.connect({ address, connectTimeout: 5_000 });
  scratch.later(() => connection.close());
  return connection;
}

async function startWorkflow(temporal: RunningTemporal, workflowId: string): Promise<void> {
  const client = new Client({ connection: await connect(temporal) });
  await client.workflow.start('anything', { workflowId, taskQueue: 'nobody' });
}

async function isKnown(temporal: RunningTemporal, workflowId: string): Promise<boolean> {
  const client = new Client({ connection: await connect(temporal) });
  return client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      () => true,
      () => false,
    );
}

async function readAttributes(temporal: RunningTemporal): Promise<Record<string, number>> {
  const { operatorService } = await connect(temporal);
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' });
  return Object.fromEntries(Object.entries(customAttributes).filter(([name]) => name.startsWith('Test')));
}

describe('the embedded Temporal', function servers() {
  // Real servers on a machine that may be busy.
  this.timeout(60_000);

  before(async function findProgram() {
    this.timeout(180_000);
    const cacheDir = await findCacheFolder(process.env);
    ({ path: cli } = await findTemporalCli({ env: process.env, cacheDir, log: makeLog() }));
  });

  afterEach(() => scratch.clear());

  it('answers with its UI, a week of retention and the search attributes', async () => {
    const temporal = await start(scratch.folder());

    const ui = await fetch(temporal.uiUrl ?? '');
    const page = await ui.text();
    const api = await fetch(`${temporal.uiUrl}/api/v1/namespaces/default`);
    const shown = (await api.json()) as { config?: { workflowExecutionRetentionTtl?: string } };

    assert.equal(ui.status, 200);
    assert.match(page, /<html/iu);
    assert.equal(shown.config?.workflowExecutionRetentionTtl, '604800s');
    assert.deepEqual(await readAttributes(temporal), { TestHook: 2, TestLabels: 7 });
  });

  it('is started again with its data when it is killed', async () => {
    let restarts = 0;
    const temporal = await start(scratch.folder(), { headless: true, onRestart: () => (restarts += 1) });
    await startWorkflow(temporal, 'kept');
    const killed = temporal.pid ?? 0;

    process.kill(killed, 'SIGKILL');
    await until(() => restarts === 1, 'Temporal answers again');

    assert.equal(await isKnown(temporal, 'kept'), true);
    assert.notEqual(temporal.pid, killed);
    assert.equal(temporal.uiUrl, null);
  });

  it('begins empty, with its search attributes, when its file was deleted', async () => {
    const dataDir = scratch.folder();
    const first = await start(dataDir, { headless: true });
    await startWorkflow(first, 'gone');
    await first.stop();

    rmSync(join(dataDir, 'temporal.db'));
    const second = await start(dataDir, { headless: true });

    assert.equal(await isKnown(second, 'gone'), false);
    assert.deepEqual(await readAttributes(second), { TestHook: 2, TestLabels: 7 });
  });

  it('registers a search attribute that is new to an older database', async () => {
    const dataDir = scratch.folder();
    const first = await start(dataDir, { headless: true });
    await startWorkflow(first, 'kept');
    await first.stop();

    const second = await start(dataDir, {
      headless: true,
      searchAttributes: { ...searchAttributes, TestCount: 'Int' },
    });

    assert.deepEqual(await readAttributes(second), { TestCount: 3, TestHook: 2, TestLabels: 7 });
    assert.equal(await isKnown(second, 'kept'), true);
  });

  it('takes other ports beside another one, and both answer', async () => {
    const [one, other] = await Promise.all([start(scratch.folder()), start(scratch.folder())]);

    await startWorkflow(one, 'first');

    assert.equal(new Set([one.address, one.uiUrl, other.address, other.uiUrl]).size, 4);
    assert.equal(await isKnown(one, 'first'), true);
    assert.equal(await isKnown(other, 'first'), false);
    assert.equal((await fetch(other.uiUrl ?? '')).status, 200);
  });

  it('stops first what a killed Holdfast left running', async () => {
    const dataDir = scratch.folder();
    const parent = scratch.run(`
      import { startTemporal } from '#platform/embedded/temporal.ts';
      const log = { info() {}, warn() {}, error() {} };
      const options = { dataDir: ${JSON.stringify(dataDir)}, cli: ${JSON.stringify(cli)} };
      const { pid } = await startTemporal({ ...options, log, searchAttributes: {}, headless: true });
      console.log(pid);
      setInterval(() => {}, 1_000);`);
    const leftover = Number(await readLine(parent));
    parent.kill('SIGKILL');
    assert.ok(readCommandLine(leftover)?.includes(join(dataDir, 'temporal.db')));

    const temporal = await start(dataDir, { headless: true });

    assert.equal(readCommandLine(leftover), undefined);
    assert.deepEqual(await readAttributes(temporal), { TestHook: 2, TestLabels: 7 });
    await temporal.stop();
    assert.equal(existsSync(join(dataDir, 'temporal.pid')), false);
  });
});
