import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { Webhooks } from '@octokit/webhooks';
import * as fc from 'fast-check';
import { verifyHubRequest } from '#receiver/verify-hub-request.ts';
import { flipBit } from './flip-bit.ts';

const sign = (bytes: Uint8Array, secret: string, algorithm: 'sha1' | 'sha256' = 'sha256'): string =>
  `${algorithm}=${createHmac(algorithm, secret).update(bytes).digest('hex')}`;

const secret = "It's a Secret to Everybody";
const body = Buffer.from('Hello, World!');
const header = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

describe('verifyHubRequest', () => {
  it("accepts the vector of GitHub's documentation", () => {
    assert.equal(verifyHubRequest(body, { 'x-hub-signature-256': header }, secret), true);
  });

  it('accepts what @octokit/webhooks signs, which accepts the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), async (text, key) => {
        const peer = new Webhooks({ secret: key });
        const bytes = Buffer.from(text);

        const theirs = await peer.sign(text);

        assert.equal(verifyHubRequest(bytes, { 'x-hub-signature-256': theirs }, key), true);
        assert.equal(await peer.verify(text, sign(bytes, key)), true);
        assert.equal(verifyHubRequest(bytes, { 'x-hub-signature-256': theirs }, `${key}.`), false);
      }),
    );
  });

  it('verifies the bytes of a form, not the payload in it', () => {
    const payload = '{"zen":"Ünity & +"}';
    const form = Buffer.from(`payload=${encodeURIComponent(payload)}`);

    assert.equal(verifyHubRequest(form, { 'x-hub-signature-256': sign(form, secret) }, secret), true);
    const inner = { 'x-hub-signature-256': sign(Buffer.from(payload), secret) };
    assert.equal(verifyHubRequest(form, inner, secret), false);
  });

  it('refuses any body, secret or signature in which one bit differs', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.nat(),
        fc.boolean(),
        (bytes, at, weak) => {
          const name = weak ? 'x-hub-signature' : 'x-hub-signature-256';
          const good = sign(bytes, secret, weak ? 'sha1' : 'sha256');
          const isRight = (given: Uint8Array, value: string, key = secret): boolean =>
            verifyHubRequest(given, { [name]: value }, key, { allowSha1: weak });

          assert.equal(isRight(bytes, good), true);
          assert.equal(isRight(flipBit(bytes, at), good), false);
          assert.equal(isRight(bytes, flipBit(Buffer.from(good), at).toString('latin1')), false);
          assert.equal(isRight(bytes, good, flipBit(Buffer.from(secret), at * 8).toString('latin1')), false);
        },
      ),
    );
  });

  it('accepts both secrets while they are changed', () => {
    const [oldSecret, newSecret] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
    const headers = {
      'x-hub-signature': sign(body, newSecret, 'sha1'),
      'x-hub-signature-256': sign(body, newSecret),
      'x-hub-signature-256-previous': sign(body, oldSecret),
    };

    for (const secrets of [oldSecret, newSecret, [newSecret, oldSecret]]) {
      assert.equal(verifyHubRequest(body, headers, secrets), true);
      assert.equal(verifyHubRequest(body, new Headers(headers), secrets), true);
    }
    assert.equal(verifyHubRequest(body, headers, secret), false);
  });

  it('takes SHA-1 only when it is asked for', () => {
    // RFC 2202, test case 2 of HMAC-SHA-1.
    const [key, bytes] = ['Jefe', Buffer.from('what do ya want for nothing?')];
    const headers = { 'x-hub-signature': 'sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79' };

    assert.equal(verifyHubRequest(bytes, headers, key), false);
    assert.equal(verifyHubRequest(bytes, headers, key, { allowSha1: false }), false);
    assert.equal(verifyHubRequest(bytes, headers, key, { allowSha1: true }), true);
    assert.equal(verifyHubRequest(bytes, new Headers(headers), key, { allowSha1: true }), true);
  });

  it('never takes SHA-1 in place of a SHA-256 that is wrong', () => {
    const weak = { 'x-hub-signature': sign(body, secret, 'sha1') };

    for (const wrong of ['', 'sha256=', sign(body, 'another'), weak['x-hub-signature'], [header]]) {
      for (const name of ['x-hub-signature-256', 'x-hub-signature-256-previous']) {
        const headers = { ...weak, [name]: wrong };
        assert.equal(verifyHubRequest(body, headers, secret, { allowSha1: true }), false, String(wrong));
      }
    }
  });

  it('does not mix up the algorithms', () => {
    const swapped = {
      'x-hub-signature': header,
      'x-hub-signature-256': sign(body, secret, 'sha1'),
    };

    assert.equal(verifyHubRequest(body, swapped, secret, { allowSha1: true }), false);
    assert.equal(verifyHubRequest(body, { 'x-hub-signature': header }, secret, { allowSha1: true }), false);
  });

  it('refuses requests that are not signed, and throws when no secret is known', () => {
    assert.equal(verifyHubRequest(body, {}, secret), false);
    assert.equal(verifyHubRequest(body, {}, secret, { allowSha1: true }), false);
    assert.throws(() => verifyHubRequest(body, {}, []), TypeError);
    assert.throws(() => verifyHubRequest(body, {}, ['']), TypeError);
  });
});
