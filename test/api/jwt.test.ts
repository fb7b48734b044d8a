/** A platform's own JWTs, checked against keys that a server publishes. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWK,
} from 'jose';
import { makeRepository } from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

const issuer = 'https://platform.example.com';
const audience = 'holdfast';

interface KeyServer {
  readonly url: string;
  /** Answers this from now on. */
  readonly answer: (status: number, body: string) => void;
  readonly stop: () => Promise<void>;
}

async function startKeyServer(keys: readonly JWK[], port = 0): Promise<KeyServer> {
  let reply = { status: 200, body: JSON.stringify({ keys }) };
  const server: Server = createServer((_request, response) => {
    response.writeHead(reply.status, { 'Content-Type': 'application/json' }).end(reply.body);
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    answer: (status, body) => {
      reply = { status, body };
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe("a platform's JWT", () => {
  let keyServer: KeyServer;
  let holdfast: CheckedHoldfast;
  let privateKey: CryptoKey;
  let publicKey: CryptoKey;

  before(async function () {
    this.timeout(60_000);
    ({ privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true }));
    keyServer = await startKeyServer([{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }]);
    holdfast = await startWith(keyServer.url);
  });
  after(async () => {
    await holdfast.stop();
    await keyServer.stop();
  });

  const startWith = (jwksUrl: string) =>
    startChecked({
      engine: false,
      env: { HOLDFAST_JWKS_URL: jwksUrl, HOLDFAST_JWT_ISSUER: issuer, HOLDFAST_JWT_AUDIENCE: audience },
    });

  const claims = (username: string, scope: unknown = 'read:repo_hook write:repo_hook', kid = 'one') =>
    new SignJWT({ scope })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setSubject(username)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('5 minutes');

  it('stands for the person in `sub` with the scopes in `scope`', async () => {
    const repository = await makeRepository(holdfast);
    const token = await claims(repository.owner).sign(privateKey);

    const list = await holdfast.call('GET', `${repository.path}/webhooks`, { token });
    const remove = await holdfast.call('DELETE', `/api/webhooks/${randomUUID()}`, { token });

    assert.equal(list.status, 200, list.text);
    assert.equal(remove.body.error, 'Insufficient scope');
  });

  it('gives no scopes when `scope` is not text, and only those that mean something', async () => {
    const odd = await claims('octo', ['platform', 'operator']).sign(privateKey);
    const unknown = await claims('octo', 'everything read:repo_hooks').sign(privateKey);

    for (const token of [odd, unknown])
      assert.equal((await holdfast.call('GET', '/api/deliveries', { token })).status, 403);
  });

  it('is refused when it is expired, not yet good, for or from somebody else, or without an end or a person', async () => {
    const now = Math.floor(Date.now() / 1000);
    const refused = {
      expired: claims('octo').setExpirationTime(now - 10),
      early: claims('octo').setNotBefore(now + 100),
      issuer: claims('octo').setIssuer('https://elsewhere.example.com'),
      audience: claims('octo').setAudience('other'),
      endless: new SignJWT({
        scope: 'read:repo_hook',
        sub: 'octo',
        iss: issuer,
        aud: audience,
      }).setProtectedHeader({
        alg: 'ES256',
        kid: 'one',
      }),
      nobody: claims(''),
      odd: claims('a\0b'),
      key: claims('octo', 'read:repo_hook', 'two'),
    };
    for (const [fault, unsigned] of Object.entries(refused)) {
      const token = await unsigned.sign(privateKey);
      const { status, body } = await holdfast.call('GET', '/api/deliveries', { token });
      assert.equal(status, 401, fault);
      assert.equal(body.code, 'unauthenticated');
    }
  });

  it('is refused when nobody signed it, or the public key was used as a secret, or another key signed it', async () => {
    const payload = { scope: 'platform', sub: 'octo', iss: issuer, aud: audience };
    const spki = new TextEncoder().encode(await exportSPKI(publicKey));
    const stranger = await generateKeyPair('ES256');
    const good = await claims('octo').sign(privateKey);
    const [head = '', body = '', signature = ''] = good.split('.');
    const forged = Buffer.from(JSON.stringify({ ...payload, exp: 9_999_999_999 })).toString('base64url');

    for (const token of [
      new UnsecuredJWT(payload).setExpirationTime('5 minutes').encode(),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`,
      await new SignJWT(payload)
        .setProtectedHeader({ alg: 'HS256', kid: 'one' })
        .setExpirationTime('5 minutes')
        .sign(spki),
      await claims('octo').sign(stranger.privateKey),
      `${head}.${forged}.${signature}`,
      `${head}.${body}.`,
    ]) {
      assert.equal(
        (await holdfast.call('GET', '/api/deliveries', { token })).status,
        401,
        token.slice(0, 40),
      );
    }
  });

  it('does not keep ordinary tokens from being good', async () => {
    assert.equal((await holdfast.call('GET', '/api/tokens')).status, 200);
  });

  it('answers 503, not 401, while the keys cannot be read, and works as soon as they can', async function () {
    this.timeout(60_000);
    const server = await startKeyServer([{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }]);
    const { port } = new URL(server.url);
    await server.stop();
    const other = await startWith(server.url);
    const token = await claims('octo').sign(privateKey);
    const ask = () => other.call('GET', '/api/deliveries', { token });
    try {
      const away = await ask();
      assert.equal(away.status, 503);
      assert.equal(away.headers.get('retry-after'), '5');
      assert.equal((await other.call('GET', '/api/tokens')).status, 200);

      const back = await startKeyServer(
        [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }],
        Number(port),
      );
      try {
        for (const [status, body] of [
          [500, 'no'],
          [200, 'not JSON'],
          [200, '{"no":"keys"}'],
          [302, ''],
        ] as const) {
          back.answer(status, body);
          assert.equal((await ask()).status, 503, `${status} ${body}`);
        }
        back.answer(200, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one' }] }));
        assert.equal((await ask()).status, 200);
      } finally {
        await back.stop();
      }
    } finally {
      await other.stop();
    }
  });

  it('answers 503 within its deadline when the keys do not come', async function () {
    this.timeout(30_000);
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const other = await startWith(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`);
    try {
      const began = Date.now();
      const { status } = await other.call('GET', '/api/deliveries', {
        token: await claims('octo').sign(privateKey),
      });

      assert.equal(status, 503);
      assert.ok(Date.now() - began < 5000);
    } finally {
      await other.stop();
      silent.closeAllConnections();
      silent.close();
    }
  });
});
