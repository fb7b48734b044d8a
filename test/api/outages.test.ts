/** What callers see while PostgreSQL or Temporal is away: an answer in time, and no word of the cause. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '#db/migrate.ts';
import { startPostgres, type RunningPostgres } from '#platform/embedded/postgres.ts';
import { findFreePort } from '#platform/embedded/free-port.ts';
import { createLog } from '#platform/log.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { plainPayload } from '../support/make.ts';
import { startApiAlone, type ApiAlone } from './api-alone.ts';

interface TimedAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly ms: number;
}

async function call(api: ApiAlone, method: string, path: string, body?: unknown): Promise<TimedAnswer> {
  const began = Date.now();
  const response = await fetch(new URL(path, api.url), {
    method,
    headers: { Authorization: `Bearer ${api.platformToken}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  return { status: response.status, text, headers: response.headers, ms: Date.now() - began };
}

/** One request of each kind: pooled statement, entity, transaction, stream. */
const requests = [
  ['GET', '/api/tokens', undefined],
  ['GET', `/api/webhooks/${randomUUID()}`, undefined],
  ['GET', '/api/deliveries', undefined],
  ['PUT', '/api/repositories/octo/hello', {}],
  ['POST', '/api/tokens', { username: 'octo', scopes: ['platform'] }],
  ['POST', '/api/repositories/octo/hello/events/star.added', plainPayload({ owner: 'octo', name: 'hello' })],
  ['POST', '/api/events', []],
] as const;

describe('while PostgreSQL is away', () => {
  let folder: string;
  let port: number;
  let postgres: RunningPostgres | undefined;
  let api: ApiAlone | undefined;
  const log = createLog('silent');

  const start = async () => {
    postgres = await startPostgres({ dataDir: join(folder, 'postgres'), log, port });
    return postgres;
  };

  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), 'holdfast-outage-'));
    port = await findFreePort(undefined);
  });
  after(async () => {
    await api?.stop();
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('everything answers 503 with Retry-After in time, and works again by itself, token included', async function () {
    this.timeout(120_000);
    const first = await start();
    api = await startApiAlone({
      databaseUrl: first.url,
      temporalAddress: '127.0.0.1:1',
      beforeOpening: async (database) => {
        await migrate(database);
        await first.stop();
      },
    });
    const running = api;

    const assertAway = async () => {
      const answers = await Promise.all(
        requests.map(([method, path, body]) => call(running, method, path, body)),
      );
      for (const [at, answer] of answers.entries()) {
        const name = `${requests[at]?.[0]} ${requests[at]?.[1]}`;
        assert.equal(answer.status, 503, `${name} ${answer.text}`);
        assert.equal(answer.headers.get('retry-after'), '5', name);
        assert.match(
          answer.text,
          /^\{"error":"Temporarily unavailable \(request [\w-]+\)","code":"unavailable"\}$/,
        );
        assert.ok(answer.ms < 6000, `${name} took ${answer.ms} ms`);
      }
      assert.equal((await call(running, 'GET', '/healthz')).status, 200);
      const ready = await call(running, 'GET', '/readyz');
      assert.equal(ready.status, 503);
      assert.match(ready.text, /"database":"failed"/);
      assert.ok(ready.ms < 6000, `${ready.ms} ms`);
    };
    const assertBack = () =>
      eventually('the API answers again', async () => {
        const { status } = await call(running, 'GET', '/api/tokens');
        return status === 200 ? true : undefined;
      });

    await assertAway();

    const second = await start();
    await assertBack();
    for (const [method, path, body] of requests.slice(3, 6)) {
      const { status, text } = await call(running, method, path, body);
      assert.ok([201, 202].includes(status), `${method} ${path} ${text}`);
    }

    // Connections are idle in the pool when the server goes for the second time.
    await second.stop();
    await assertAway();
    const third = await start();
    await assertBack();
    assert.equal(third.port, port);
    const lines = await running.logged();
    assert.match(lines, /request\.failed/);
    assert.ok(!lines.includes(running.platformToken));
    assert.ok(!lines.includes(new URL(first.url).password));
  });
});

describe('while Temporal is away', () => {
  let database: TestDatabase;
  let api: ApiAlone;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
    api = await startApiAlone({ databaseUrl: database.url, temporalAddress: '127.0.0.1:1' });
    await call(api, 'PUT', '/api/repositories/platform/hello', {});
  });
  after(async function () {
    this.timeout(60_000);
    await api.stop();
    await database.drop();
  });

  const sendEvent = async () => {
    const body = plainPayload({ owner: 'platform', name: 'hello' });
    return call(api, 'POST', '/api/repositories/platform/hello/events/star.added', body);
  };

  it('events are accepted all the same, and at once', async () => {
    const { status } = await fetch(new URL('/api/tokens', api.url), {
      method: 'POST',
      headers: { Authorization: `Bearer ${api.platformToken}` },
      body: JSON.stringify({ username: 'platform', scopes: ['write:repo_hook', 'admin:repo_hook'] }),
    }).then(async (response) => {
      const { data } = (await response.json()) as { data: { token: string } };
      return fetch(new URL('/api/repositories/platform/hello/webhooks', api.url), {
        method: 'POST',
        headers: { Authorization: `Bearer ${data.token}` },
        body: JSON.stringify({ url: 'https://example.com/', events: ['*'] }),
      });
    });
    assert.equal(status, 201);

    const answers = await Promise.all(Array.from({ length: 20 }, sendEvent));

    for (const answer of answers) {
      assert.equal(answer.status, 202, answer.text);
      assert.match(answer.text, /"webhookId"/);
      assert.ok(answer.ms < 1000, `${answer.ms} ms`);
    }
  });

  it('a delivery is shown as last recorded, within two seconds', async () => {
    const { text } = await sendEvent();
    const id = (JSON.parse(text) as { data: { deliveries: { id: string }[] } }).data.deliveries[0]?.id;
    await database.pool.query('update delivery set started_at = now() where id = $1', [id]);

    const { status, text: shown, ms } = await call(api, 'GET', `/api/deliveries/${id}`);

    assert.equal(status, 200, shown);
    assert.match(shown, /"source":"stored"/);
    assert.ok(ms < 2000, `${ms} ms`);
  });

  it('readiness says so in time', async () => {
    const { status, text, ms } = await call(api, 'GET', '/readyz');

    assert.equal(status, 503);
    assert.deepEqual(JSON.parse(text), {
      status: 'failed',
      checks: { database: 'ok', migrations: 'ok', temporal: 'failed' },
    });
    assert.ok(ms < 6000, `${ms} ms`);
  });
});

describe('a fault of our own', () => {
  let database: TestDatabase;
  let api: ApiAlone;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
    api = await startApiAlone({ databaseUrl: database.url, temporalAddress: '127.0.0.1:1' });
    await call(api, 'PUT', '/api/repositories/platform/hello', { admins: ['platform'] });
  });
  after(async function () {
    this.timeout(60_000);
    await api.stop();
    await database.drop();
  });

  it('is answered with the request id alone, and logged without payloads, headers or secrets', async () => {
    await database.pool.query(`alter table event add constraint broken check (type <> 'fork.created')`);
    await database.pool.query(
      `alter table access_token add constraint broken check (username <> 'canary-name')`,
    );
    const payload = { ...plainPayload({ owner: 'platform', name: 'hello' }), canary: 'canary-payload' };

    const event = await call(api, 'POST', '/api/repositories/platform/hello/events/fork.created', payload);
    const token = await call(api, 'POST', '/api/tokens', { username: 'canary-name', scopes: ['operator'] });

    for (const { status, text, headers } of [event, token]) {
      assert.equal(status, 500);
      const requestId = headers.get('x-request-id') ?? '';
      assert.deepEqual(JSON.parse(text), {
        error: `Internal error (request ${requestId})`,
        code: 'internal',
      });
      const line = (await api.logged()).split('\n').find((each) => each.includes(requestId)) ?? '';
      assert.match(line, /violates check constraint/);
      assert.ok(!line.includes('canary-'), line);
    }
    assert.ok(!(await api.logged()).includes(api.platformToken));
  });
});
