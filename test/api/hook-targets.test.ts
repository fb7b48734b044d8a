/** Where hooks may not point: refused when they are made and when they are changed, before any packet. */
import assert from 'node:assert/strict';
import { hostileHosts, malformedHosts, publicAddresses } from '../support/hostile-addresses.ts';
import { makeHook, makeRepository, type MadeHook, type OwnedRepository } from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

describe("a webhook's target", () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;
  let hook: MadeHook;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked({ engine: false, env: { HOLDFAST_ALLOW_TARGETS: '' } });
    repository = await makeRepository(holdfast);
    hook = await makeHook(holdfast, repository, { url: 'https://example.com/hook' });
  });
  after(() => holdfast.stop());

  const assertRefused = async (url: string) => {
    for (const [method, path] of [
      ['POST', `${repository.path}/webhooks`],
      ['PATCH', `/api/webhooks/${hook.id}`],
    ] as const) {
      const answer = await holdfast.call(method, path, { token: repository.token, body: { url } });
      assert.equal(answer.status, 422, `${method} ${url} ${answer.text}`);
      assert.deepEqual(
        answer.body.fields.map((field: { path: string }) => field.path),
        ['url'],
      );
    }
  };

  it('is refused in every spelling of an address that is not public', async function () {
    this.timeout(60_000);
    assert.ok(hostileHosts.length >= 55);
    for (const host of hostileHosts) await assertRefused(`http://${host}/`);
    for (const host of hostileHosts.slice(0, 10)) await assertRefused(`https://${host}:8443/a?b`);
  });

  it('is refused when its host is none', async () => {
    for (const host of malformedHosts) await assertRefused(`http://${host}/`);
  });

  it('is taken when its address is public', async () => {
    for (const address of publicAddresses) {
      const url = `https://${address.includes(':') ? `[${address}]` : address}/hook`;
      const answer = await holdfast.call('PATCH', `/api/webhooks/${hook.id}`, {
        token: repository.token,
        body: { url },
      });
      assert.equal(answer.status, 200, url);
    }
  });

  it('must be https where the operator says so', async function () {
    this.timeout(60_000);
    const strict = await startChecked({ engine: false, env: { HOLDFAST_HTTPS_ONLY: 'true' } });
    try {
      const its = await makeRepository(strict);
      const make = (url: string) =>
        strict.call('POST', `${its.path}/webhooks`, { token: its.token, body: { url } });

      const plain = await make('http://example.com/');
      assert.equal(plain.status, 422);
      assert.equal(plain.body.error, 'url: The URL must begin with https://');
      assert.equal((await make('https://example.com/')).status, 201);
    } finally {
      await strict.stop();
    }
  });
});
