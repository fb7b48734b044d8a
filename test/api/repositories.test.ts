/** Repositories: the platform says which there are and whose they are. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { query } from '#db/query.ts';
import { makeHook, makeRepository, makeToken, sendEvent } from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

describe('repositories', () => {
  let holdfast: CheckedHoldfast;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(() => holdfast.stop());

  const freshPath = () => `/api/repositories/owner-${randomUUID().slice(0, 8)}/hello`;

  it('are made by the first PUT and changed by the next, which leaves alone what it does not name', async () => {
    const path = freshPath();

    const made = await holdfast.call('PUT', path, {
      body: { id: '42', organization: 'acme', admins: ['hubert', 'ida'] },
    });
    const same = await holdfast.call('PUT', path, { body: {} });
    const changed = await holdfast.call('PUT', path, { body: { admins: [], organization: null } });

    assert.equal(made.status, 201, made.text);
    const { createdAt, updatedAt, ...rest } = made.body.data;
    assert.equal(createdAt, updatedAt);
    assert.deepEqual(rest, {
      id: '42',
      owner: path.split('/')[3],
      name: 'hello',
      organization: 'acme',
      admins: ['hubert', 'ida'],
      noticeEmail: null,
    });
    assert.equal(same.status, 200);
    assert.deepEqual({ ...same.body.data, updatedAt }, made.body.data);
    assert.deepEqual(
      [changed.body.data.id, changed.body.data.organization, changed.body.data.admins],
      ['42', null, []],
    );
    assert.deepEqual((await holdfast.call('GET', path)).body, changed.body);
  });

  it('are made once by many who make them at the same time', async () => {
    const path = freshPath();

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => holdfast.call('PUT', path, { body: {} })),
    );

    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    assert.equal(answers.filter(({ status }) => status === 200).length, 19);
    assert.equal(new Set(answers.map(({ body }) => body.data.id)).size, 1);
  });

  it('take names of other scripts and odd letters, and find them again', async () => {
    for (const name of ['日本', 'a%b', "o'brien", 'a;b', 'x"y', '...', 'ünï', 'a\\b', '$1', '😀']) {
      const path = `/api/repositories/${encodeURIComponent(name)}/${encodeURIComponent(name)}`;
      const made = await holdfast.call('PUT', path, { body: {} });
      assert.equal(made.status, 201, `${name} ${made.text}`);
      assert.deepEqual([made.body.data.owner, made.body.data.name], [name, name]);
      assert.equal((await holdfast.call('GET', path)).status, 200);
    }
  });

  it('are refused with 422 when a name or field cannot be', async () => {
    for (const [path, body, field] of [
      ['/api/repositories/a%20b/c', {}, 'owner'],
      ['/api/repositories/a%00/c', {}, 'owner'],
      ['/api/repositories/a/b%2Fc', {}, 'repo'],
      ['/api/repositories/a/%E2%80%AE', {}, 'repo'],
      [`/api/repositories/a/${'c'.repeat(101)}`, {}, 'repo'],
      [freshPath(), { admins: 'hubert' }, 'admins'],
      [freshPath(), { admins: ['a\u0000'] }, 'admins.0'],
      [freshPath(), { admins: ['ok', '\ud800'] }, 'admins.1'],
      [freshPath(), { admins: [''] }, 'admins.0'],
      [freshPath(), { admins: Array.from({ length: 501 }, () => 'a') }, 'admins'],
      [freshPath(), { id: 7 }, 'id'],
      [freshPath(), { id: '\u0000' }, 'id'],
      [freshPath(), { organization: 'a\u0000' }, 'organization'],
      [freshPath(), { owner: 'other' }, 'owner'],
    ] as const) {
      const answer = await holdfast.call('PUT', path, { body });
      assert.equal(answer.status, 422, `${path} ${JSON.stringify(body)} ${answer.text}`);
      assert.equal(answer.body.fields[0].path, field);
    }
  });

  it('are refused with 400, 413 and 415 like every body', async () => {
    const put = (body: unknown, headers = {}) => holdfast.call('PUT', freshPath(), { body, headers });

    assert.equal((await put('{')).status, 400);
    assert.equal((await put({ id: 'a'.repeat(70_000) })).status, 413);
    assert.equal((await put({}, { 'Content-Encoding': 'gzip' })).status, 415);
  });

  it('answer 404 when they are absent', async () => {
    for (const method of ['GET', 'DELETE'])
      for (const path of [
        freshPath(),
        '/api/repositories/a%00/b',
        "/api/repositories/'--/x",
        '/api/repositories/%ff/b',
      ]) {
        const { status, body } = await holdfast.call(method, path);
        assert.deepEqual(
          [status, body.error],
          [404, 'Repository not found or unauthorized'],
          `${method} ${path}`,
        );
      }
  });

  it('are listed page by page, the newest first', async () => {
    const paths = [freshPath(), freshPath(), freshPath()];
    for (const path of paths) await holdfast.call('PUT', path, { body: {} });

    const first = await holdfast.call('GET', '/api/repositories?limit=2');
    const second = await holdfast.call('GET', `/api/repositories?limit=2&cursor=${first.body.nextCursor}`);

    const owners = [...first.body.data, ...second.body.data].map((row: { owner: string }) => row.owner);
    assert.deepEqual(
      owners.slice(0, 3),
      paths.toReversed().map((path) => path.split('/')[3]),
    );
    assert.equal((await holdfast.call('GET', '/api/repositories?cursor=nonsense')).status, 400);
    for (const search of ['limit=0', 'limit=101', 'limit=-1', 'limit=1e9', 'page=2'])
      assert.equal((await holdfast.call('GET', `/api/repositories?${search}`)).status, 422);
  });

  it('take hooks, events and deliveries with them when they go', async () => {
    const repository = await makeRepository(holdfast);
    const hook = await makeHook(holdfast, repository, { url: 'https://example.com/hook', events: ['*'] });
    const event = await sendEvent(holdfast, repository);

    const answer = await holdfast.call('DELETE', repository.path);

    assert.equal(answer.text, '{"success":true}');
    const { token } = repository;
    assert.equal((await holdfast.call('GET', repository.path)).status, 404);
    assert.equal((await holdfast.call('GET', `/api/webhooks/${hook.id}`, { token })).status, 404);
    const delivery = event.deliveries[0]?.id as string;
    assert.equal((await holdfast.call('GET', `/api/deliveries/${delivery}`, { token })).status, 404);
    const [rows] = await query<{ left: number }>(holdfast.database.pool, {
      text: `select ((select count(*) from event where id = $1) + (select count(*) from delivery where event_id = $1)
        + (select count(*) from hook where id = $2))::integer as left`,
      values: [event.id, hook.id],
    });
    assert.equal(rows?.left, 0);
  });

  it('give a new owner and new admins their rights at once, and take them from the old', async () => {
    const repository = await makeRepository(holdfast, { admins: ['hubert'] });
    const token = await makeToken(holdfast, 'hubert');
    const list = () => holdfast.call('GET', `${repository.path}/webhooks`, { token });

    assert.equal((await list()).status, 200);
    await holdfast.call('PUT', repository.path, { body: { admins: ['ida'] } });
    assert.equal((await list()).status, 404);
  });
});
