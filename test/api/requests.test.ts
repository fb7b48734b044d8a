/** Requests as such: paths and methods nobody knows, ids, headers, uploads that never end. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeRepository, type OwnedRepository } from '../support/make.ts';
import { startApiAlone, type ApiAlone } from './api-alone.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

describe('a request', () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
    repository = await makeRepository(holdfast);
  });
  after(() => holdfast.stop());

  it('for a path that nobody knows is answered 404 in JSON', async () => {
    for (const path of [
      '/',
      '/api',
      '/api/nothing',
      '/api/webhooks',
      '/api//tokens',
      '/%00',
      '/%ff',
      '/.env',
      '/api/tokens/a/b',
    ]) {
      const { status, body, headers } = await holdfast.call('GET', path);
      assert.equal(status, 404, path);
      assert.equal(body.code, 'not_found');
      assert.match(headers.get('content-type') ?? '', /^application\/json/);
    }
  });

  it('by a method that the path does not know is answered 405 with Allow', async () => {
    for (const [method, path, allow] of [
      ['PUT', '/api/tokens', 'HEAD, GET, POST, OPTIONS'],
      ['DELETE', '/healthz', 'HEAD, GET, OPTIONS'],
      ['GET', `${repository.path}/events/push`, 'POST, OPTIONS'],
      ['PROPFIND', '/api/tokens', 'HEAD, GET, POST, OPTIONS'],
    ] as const) {
      const { status, body, headers } = await holdfast.call(method, path);
      assert.equal(status, 405, `${method} ${path}`);
      assert.equal(body.code, 'method_not_allowed');
      const sorted = (text: string) => text.split(', ').toSorted();
      assert.deepEqual(sorted(headers.get('allow') ?? ''), sorted(allow));
    }
  });

  it('of OPTIONS is told what the path knows, and of HEAD gets what GET gets, without the body', async () => {
    const options = await holdfast.call('OPTIONS', '/api/tokens', { token: '' });
    const nowhere = await holdfast.call('OPTIONS', '/nowhere', { token: '' });
    const head = await fetch(new URL('/healthz', holdfast.url), { method: 'HEAD' });
    const protectedHead = await fetch(new URL('/api/tokens', holdfast.url), { method: 'HEAD' });

    assert.deepEqual([options.status, options.text], [204, '']);
    assert.match(options.headers.get('allow') ?? '', /POST/);
    assert.equal(nowhere.status, 404);
    assert.deepEqual([head.status, await head.text()], [200, '']);
    assert.equal(protectedHead.status, 401);
  });

  it('has an id that stands in its reply: its own when it is plain, a fresh one otherwise', async () => {
    const own = await holdfast.call('GET', '/healthz', { headers: { 'X-Request-Id': 'req_1.a-B' } });
    const odd = await holdfast.call('GET', '/healthz', { headers: { 'X-Request-Id': 'a b<script>' } });
    const long = await holdfast.call('GET', '/healthz', { headers: { 'X-Request-Id': 'a'.repeat(65) } });

    assert.equal(own.headers.get('x-request-id'), 'req_1.a-B');
    for (const { headers } of [odd, long]) assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  });

  it('is answered in a way that no cache keeps and no browser guesses at', async () => {
    for (const path of ['/healthz', '/api/tokens', '/nowhere']) {
      const { headers } = await holdfast.call('GET', path);
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }
  });

  it('may say in its body what would change a prototype, without effect', async () => {
    for (const body of [
      '{"__proto__":{"admins":["evil"]}}',
      '{"constructor":{"prototype":{"polluted":true}}}',
      '{"admins":["a"],"__proto__":null}',
    ]) {
      const { status, body: answered } = await holdfast.call('PUT', repository.path, { body });
      assert.ok([200, 422].includes(status));
      if (status === 200) assert.ok(!answered.data.admins.includes('evil'));
    }
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it('is ready once database, migrations and Temporal are', async () => {
    const { status, body } = await holdfast.call('GET', '/readyz', { token: '' });

    assert.equal(status, 200);
    assert.deepEqual(body, { status: 'ok', checks: { database: 'ok', migrations: 'ok', temporal: 'ok' } });
  });
});

describe('an upload', () => {
  let database: TestDatabase;
  let api: ApiAlone;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
    api = await startApiAlone({
      databaseUrl: database.url,
      temporalAddress: '127.0.0.1:1',
      api: { uploadMs: 1000 },
    });
  });
  after(async () => {
    await api.stop();
    await database.drop();
  });

  /** Sends raw bytes, keeps the connection open, and answers what came until the server closed it. */
  const exchange = (
    bytes: string,
    ending: 'wait' | 'abort' = 'wait',
  ): Promise<{ text: string; ms: number }> =>
    new Promise((resolve, reject) => {
      const began = Date.now();
      const { hostname, port } = new URL(api.url);
      const socket = connect(Number(port), hostname, () => {
        socket.write(bytes);
        if (ending === 'abort') setTimeout(() => socket.destroy(), 100);
      });
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve({ text, ms: Date.now() - began }));
    });
  const head = (more: string) =>
    `POST /api/tokens HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${api.platformToken}\r\n${more}\r\n\r\n`;

  it('that drips or stops is ended by its deadline', async () => {
    for (const request of [
      `${head('Content-Length: 100')}{"user`,
      `${head('Transfer-Encoding: chunked')}5\r\n{"use\r\n`,
      'POST /api/tokens HTTP/1.1\r\nHost: a\r\n',
    ]) {
      const { text, ms } = await exchange(request);
      assert.match(text, /^HTTP\/1\.1 408 /);
      assert.ok(ms < 4000, `${ms} ms`);
    }
  });

  it('that is aborted leaves the API as it was, and no fault in the log', async () => {
    await Promise.all(
      Array.from({ length: 10 }, () => exchange(`${head('Content-Length: 100')}{"user`, 'abort')),
    );

    const { status } = await fetch(new URL('/healthz', api.url));
    assert.equal(status, 200);
    const faults = (await api.logged()).split('\n').filter((line) => line.includes('"level":50'));
    assert.deepEqual(faults, []);
  });

  it('that is no HTTP, or says its length twice, is refused', async () => {
    for (const request of [
      'nonsense\r\n\r\n',
      `${head('Content-Length: 2\r\nContent-Length: 3')}{}`,
      `${head('Content-Length: 2\r\nTransfer-Encoding: chunked')}0\r\n\r\n`,
      head('Content-Length: -1'),
    ]) {
      assert.match((await exchange(request)).text, /^HTTP\/1\.1 400 /);
    }
  });

  it('that announces too much is refused before it is sent', async () => {
    const { text, ms } = await exchange(`${head('Content-Length: 10000000000\r\nConnection: close')}{`);

    assert.match(text, /^HTTP\/1\.1 413 /);
    assert.ok(ms < 4000, `${ms} ms`);
  });
});
