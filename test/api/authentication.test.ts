/** Who may call at all: the same answers on every protected route, whatever the credential's fault. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { isGitHubPath } from '#api/github/errors.ts';
import { scopes, type Scope } from '#domain/access.ts';
import { query } from '#db/query.ts';
import { makeRepository, makeToken } from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

describe('authentication', () => {
  let holdfast: CheckedHoldfast;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(() => holdfast.stop());

  /** Every protected route of the document, with ids that belong to nothing. */
  const protectedRoutes = (): { method: string; path: string; allowed: readonly string[] }[] =>
    Object.entries(holdfast.document.paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { security }]) => security.length > 0)
        .map(([method, operation]) => ({
          method: method.toUpperCase(),
          path: path.replace(/\{\w+\}/g, randomUUID()),
          allowed: operation['x-scopes'] ?? [],
        })),
    );

  it('answers 401 with a challenge on every protected route without a token', async () => {
    assert.ok(protectedRoutes().length >= 18);
    for (const { method, path } of protectedRoutes()) {
      const { status, body, headers } = await holdfast.call(method, path, { token: '' });

      assert.equal(status, 401, `${method} ${path}`);
      assert.deepEqual(
        body,
        isGitHubPath(path)
          ? { message: 'Bad credentials' }
          : { error: 'Authentication required', code: 'unauthenticated' },
      );
      assert.match(headers.get('www-authenticate') ?? '', /^Bearer/);
    }
  });

  it('answers 403 Insufficient scope on every protected route to a token with all other scopes', async () => {
    for (const { method, path, allowed } of protectedRoutes()) {
      const token = await makeToken(
        holdfast,
        'octo',
        scopes.filter((scope) => !allowed.includes(scope)),
      );

      const { status, body } = await holdfast.call(method, path, {
        token,
        body: method === 'GET' ? undefined : {},
      });

      assert.equal(status, 403, `${method} ${path}`);
      assert.deepEqual(
        body,
        isGitHubPath(path)
          ? { message: 'Insufficient scope' }
          : { error: 'Insufficient scope', code: 'insufficient_scope' },
      );
    }
  });

  it('asks for the scopes of the contract', () => {
    const scopesOf = (method: string, path: string) => holdfast.document.paths[path]?.[method]?.['x-scopes'];
    const hooks = '/api/repositories/{owner}/{repo}/webhooks';

    assert.deepEqual(scopesOf('post', hooks), ['write:repo_hook']);
    assert.deepEqual(scopesOf('get', hooks), ['read:repo_hook']);
    assert.deepEqual(scopesOf('get', '/api/webhooks/{id}'), ['read:repo_hook']);
    assert.deepEqual(scopesOf('patch', '/api/webhooks/{id}'), ['write:repo_hook']);
    assert.deepEqual(scopesOf('delete', '/api/webhooks/{id}'), ['admin:repo_hook']);
    assert.deepEqual(scopesOf('post', '/api/webhooks/{id}/rotate-secret'), ['write:repo_hook']);
    assert.deepEqual(scopesOf('get', '/api/webhooks/{id}/deliveries'), ['read:repo_hook']);
    assert.deepEqual(scopesOf('get', '/api/webhooks/{id}/stats'), ['read:repo_hook']);
    assert.deepEqual(scopesOf('put', '/api/repositories/{owner}/{repo}'), ['platform']);
    assert.deepEqual(scopesOf('post', '/api/tokens'), ['platform']);
    assert.deepEqual(scopesOf('post', '/api/repositories/{owner}/{repo}/events/{type}'), [
      'events:write',
      'platform',
    ]);
  });

  it('refuses every kind of wrong credential alike', async () => {
    const good = await makeToken(holdfast, 'octo');
    const wrong = [
      'Bearer',
      'Bearer ',
      `Bearer ${good.slice(0, -1)}`,
      `Bearer ${good}x`,
      `bearer ${good.toUpperCase()}`,
      `Digest ${good}`,
      good,
      `Bearer hf_${'a'.repeat(9000)}`,
      `Bearer ' or 1=1 --`,
      'Bearer a.b.c',
      `Basic ${Buffer.from(`octo:${good}x`).toString('base64')}`,
      'Basic ***',
      `Bearer ${createHash('sha256').update(good).digest('hex')}`,
    ];
    for (const Authorization of wrong) {
      const { status, body } = await holdfast.call('GET', '/api/deliveries', {
        token: '',
        headers: { Authorization },
      });

      assert.equal(status, 401, Authorization.slice(0, 60));
      assert.deepEqual(body, { error: 'Authentication required', code: 'unauthenticated' });
    }
  });

  it('never reads a token from the query string', async () => {
    const token = await makeToken(holdfast, 'octo');

    for (const name of ['token', 'access_token', 'api_key']) {
      const { status } = await holdfast.call('GET', `/api/tokens?${name}=${token}`, { token: '' });
      assert.equal(status, 401);
    }
  });

  it('takes a token as Bearer, as token, and as the password of Basic', async () => {
    const token = await makeToken(holdfast, 'octo');

    for (const Authorization of [
      `Bearer ${token}`,
      `bearer ${token}`,
      `token ${token}`,
      `Basic ${Buffer.from(`anyone:${token}`).toString('base64')}`,
    ]) {
      const { status } = await holdfast.call('GET', '/api/deliveries', {
        token: '',
        headers: { Authorization },
      });
      assert.equal(status, 200, Authorization.split(' ')[0]);
    }
  });

  it('keeps the SHA-256 of a token and nothing else of it', async () => {
    const token = await makeToken(holdfast, 'octo');

    const rows = await query<{ row: string; hash: Buffer }>(holdfast.database.pool, {
      text: 'select access_token::text as row, hash from access_token order by id desc limit 1',
      values: [],
    });

    assert.match(token, /^hf_[\w-]{43}$/);
    assert.deepEqual(rows[0]?.hash, createHash('sha256').update(token).digest());
    assert.ok(!rows[0]?.row.includes(token.slice(3)));
  });

  it('lets owner and admin do the same, and a stranger nothing', async () => {
    const admin = `admin-${randomUUID().slice(0, 8)}`;
    const repository = await makeRepository(holdfast, { admins: [admin] });
    const all: readonly Scope[] = scopes.filter((scope) => scope !== 'platform' && scope !== 'operator');
    const tokens = {
      owner: repository.token,
      admin: await makeToken(holdfast, admin, all),
      stranger: await makeToken(holdfast, 'stranger', all),
    };
    const body = { url: 'https://example.com/hook' };
    for (const who of ['owner', 'admin'] as const) {
      const token = tokens[who];
      const made = await holdfast.call('POST', `${repository.path}/webhooks`, { token, body });
      assert.equal(made.status, 201, who);
      const path = `/api/webhooks/${made.body.data.id}`;
      const other = tokens.stranger;

      for (const [method, at, answered] of [
        ['GET', path, 200],
        ['PATCH', path, 200],
        ['GET', `${path}/deliveries`, 200],
        ['GET', `${path}/stats`, 200],
        ['POST', `${path}/rotate-secret`, 200],
        ['DELETE', path, 200],
      ] as const) {
        const change = method === 'PATCH' || method === 'POST' ? { body: {} } : {};
        const refused = await holdfast.call(method, at, { token: other, ...change });
        assert.equal(refused.status, 403, `${method} ${at}`);
        assert.deepEqual(refused.body, { error: 'Unauthorized', code: 'not_yours' });
        const allowed = await holdfast.call(method, at, { token, ...change });
        assert.equal(allowed.status, answered, `${who} ${method} ${at}: ${allowed.text}`);
      }
    }
    for (const method of ['GET', 'POST'] as const) {
      const refused = await holdfast.call(method, `${repository.path}/webhooks`, {
        token: tokens.stranger,
        ...(method === 'POST' ? { body } : {}),
      });
      assert.equal(refused.status, 404);
      assert.equal(refused.body.error, 'Repository not found or unauthorized');
    }
  });
});
