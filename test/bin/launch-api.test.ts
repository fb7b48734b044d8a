import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { devNull } from 'node:os';
import { launchApi, type LaunchedApi } from '../../bin/local/launch-api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeHookRow, makeRepositoryRow } from '../db/records.ts';
import { servers } from '../support/servers.ts';

describe("the API's thread", function () {
  this.timeout(60_000);
  const token = `hf_${randomUUID()}`;
  let database: TestDatabase;
  let taken: Server;

  before(async () => {
    database = await createTestDatabase();
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
  });
  after(async () => {
    taken.close();
    await database.drop();
  });

  const launch = async (port: number, onWaiting: () => void): Promise<LaunchedApi> => {
    const { temporalAddress } = await servers();
    const env = {
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: temporalAddress,
      HOLDFAST_PORT: String(port),
      HOLDFAST_PLATFORM_TOKEN: token,
      HOLDFAST_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    };
    return launchApi({ env, logLevel: 'silent', logFile: devNull }, onWaiting);
  };

  it('tells that deliveries wait, and closes the door when it is told to', async () => {
    const repository = await makeRepositoryRow(database.pool);
    const { owner, name } = repository;
    await makeHookRow(database.pool, repository);
    const { promise: isWaiting, resolve } = Promise.withResolvers<void>();
    const api = await launch(0, resolve);
    const url = await api.open();
    const response = await fetch(`${url}/api/repositories/${owner}/${name}/events/star.added`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        repository: { id: '1', owner, name, url: `https://example.com/${owner}/${name}` },
        sender: { id: '7', username: owner },
      }),
    });
    assert.equal(response.status, 202, await response.text());
    await isWaiting;
    await api.close();
    await assert.rejects(fetch(url), /fetch failed/);
  });

  it('says why it cannot open, with the code of the error', async () => {
    const api = await launch((taken.address() as AddressInfo).port, () => undefined);
    await assert.rejects(api.open(), { code: 'EADDRINUSE' });
    await api.end();
  });

  it('is ended before it has opened', async () => {
    const api = await launch(0, () => undefined);
    const opening = api.open();
    await api.end();
    await assert.rejects(opening, /ended before it was open/);
  });
});
