/** Tokens: made and taken back by the platform, shown once. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { scopes } from '#domain/access.ts';
import { query } from '#db/query.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

describe('tokens', () => {
  let holdfast: CheckedHoldfast;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(() => holdfast.stop());

  const make = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    holdfast.call('POST', '/api/tokens', { body, headers });
  const use = async (token: string) => (await holdfast.call('GET', '/api/deliveries', { token })).status;

  it('are shown once, with 201 and Location', async () => {
    const answer = await make({ username: 'octo', scopes: ['read:repo_hook', 'read:repo_hook', 'operator'] });

    assert.equal(answer.status, 201, answer.text);
    const { id, token, createdAt, ...rest } = answer.body.data;
    assert.equal(answer.headers.get('location'), `/api/tokens/${id}`);
    assert.match(token, /^hf_[\w-]{43}$/);
    assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
    assert.deepEqual(rest, { username: 'octo', scopes: ['read:repo_hook', 'operator'], expiresAt: null });
    const read = await holdfast.call('GET', `/api/tokens/${id}`);
    assert.deepEqual(read.body.data, { id, createdAt, ...rest });
    assert.ok(!(await holdfast.call('GET', '/api/tokens')).text.includes(token));
  });

  it('are good until they expire', async () => {
    const later = await make({
      username: 'octo',
      scopes: ['read:repo_hook'],
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });
    const past = await make({
      username: 'octo',
      scopes: ['read:repo_hook'],
      expiresAt: '2020-01-01T00:00:00+01:00',
    });

    assert.equal(await use(later.body.data.token), 200);
    assert.equal(past.body.data.expiresAt, '2019-12-31T23:00:00.000Z');
    assert.equal(await use(past.body.data.token), 401);
    await query(holdfast.database.pool, {
      text: 'update access_token set expires_at = now() where id = $1',
      values: [later.body.data.id],
    });
    assert.equal(await use(later.body.data.token), 401);
  });

  it('are refused from the moment that they are deleted', async () => {
    const { body } = await make({ username: 'octo', scopes: ['read:repo_hook'] });
    assert.equal(await use(body.data.token), 200);

    const answer = await holdfast.call('DELETE', `/api/tokens/${body.data.id}`);

    assert.equal(answer.text, '{"success":true}');
    assert.equal(await use(body.data.token), 401);
    for (const method of ['GET', 'DELETE'])
      assert.equal((await holdfast.call(method, `/api/tokens/${body.data.id}`)).status, 404);
  });

  it('answer 404 for ids that are absent or malformed', async () => {
    for (const id of [randomUUID(), 'x', '%00', "'", randomUUID().toUpperCase()])
      for (const method of ['GET', 'DELETE']) {
        const { status, body } = await holdfast.call(method, `/api/tokens/${id}`);
        assert.deepEqual([status, body.error], [404, 'Token not found']);
      }
  });

  it('are refused with the field that is wrong', async () => {
    const good = { username: 'octo', scopes: ['read:repo_hook'] };
    for (const [body, path] of [
      [{ ...good, username: '' }, 'username'],
      [{ ...good, username: 'a\u0000' }, 'username'],
      [{ ...good, username: '\udfff' }, 'username'],
      [{ ...good, username: 'a'.repeat(101) }, 'username'],
      [{ ...good, scopes: [] }, 'scopes'],
      [{ ...good, scopes: ['everything'] }, 'scopes.0'],
      [{ ...good, scopes: 'platform' }, 'scopes'],
      [{ ...good, expiresAt: 'tomorrow' }, 'expiresAt'],
      [{ ...good, expiresAt: 1_763_805_600 }, 'expiresAt'],
      [{ ...good, token: 'mine' }, 'token'],
      [{ scopes: ['platform'] }, 'username'],
    ] as const) {
      const answer = await make(body);
      assert.equal(answer.status, 422, answer.text);
      assert.equal(answer.body.fields[0].path, path);
    }
    assert.equal((await make('{')).status, 400);
    assert.equal((await make('')).status, 400);
    assert.equal((await make({ username: 'a'.repeat(70_000) })).status, 413);
    assert.equal((await make(good, { 'Content-Encoding': 'br' })).status, 415);
  });

  it('are listed page by page, the newest first', async () => {
    const ids: string[] = [];
    for (let made = 0; made < 3; made += 1)
      ids.unshift((await make({ username: 'octo', scopes: [...scopes] })).body.data.id);

    const first = await holdfast.call('GET', '/api/tokens?limit=2');
    const second = await holdfast.call('GET', `/api/tokens?limit=2&cursor=${first.body.nextCursor}`);

    const listed = [...first.body.data, ...second.body.data].map((row: { id: string }) => row.id);
    assert.deepEqual(listed.slice(0, 3), ids);
    assert.equal((await holdfast.call('GET', '/api/tokens?cursor=x')).status, 400);
    assert.equal((await holdfast.call('GET', '/api/tokens?limit=0')).status, 422);
  });
});
