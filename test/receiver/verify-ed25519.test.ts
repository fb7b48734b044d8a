import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { verifyStandardRequest, type StandardOptions } from '#receiver/verify-standard-request.ts';
import { flipBit } from './flip-bit.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = Buffer.from('{"test": 2432232314}');
const timestamp = 1614265330;
const nowMs = timestamp * 1000;
const known = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': String(timestamp),
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
type Known = Partial<Record<keyof typeof known, string | readonly string[]>>;

const isRight = (change: Known = {}, options: StandardOptions = {}): boolean =>
  verifyStandardRequest(body, { ...known, ...change }, secret, { nowMs, ...options });

describe('verifyStandardRequest with an ed25519 key', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const text = `whpk_${publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`;
  const content = `${known['webhook-id']}.${timestamp}.${body.toString()}`;
  const bits = sign(null, Buffer.from(content), privateKey).toString('base64');
  const verifies = (header: string, options: StandardOptions = {}): boolean =>
    verifyStandardRequest(body, { ...known, 'webhook-signature': header }, [], {
      nowMs,
      publicKeys: [text],
      ...options,
    });

  it('accepts v1a signatures, and v1 beside them', () => {
    assert.equal(verifies(`v1a,${bits}`), true);
    assert.equal(verifies(`v1,Zm9v v1a,${bits}`), true);
    assert.equal(isRight({}, { publicKeys: [text] }), true);
    assert.equal(isRight({ 'webhook-signature': `v1a,${bits}` }, { publicKeys: [text] }), true);
  });

  it('refuses them without the key, changed, under v1, late, or signed with the public key', () => {
    const forged = createHmac('sha256', text).update(content).digest('base64');

    assert.equal(isRight({ 'webhook-signature': `v1a,${bits}` }), false);
    assert.equal(verifies(`v1a,${flipBit(Buffer.from(bits, 'base64'), 3).toString('base64')}`), false);
    for (const header of [`v1,${bits}`, `v1a,${bits.slice(0, -2)}`, `v1,${forged}`]) {
      assert.equal(verifies(header), false, header);
    }
    assert.equal(verifies(`v1a,${bits}`, { nowMs: nowMs + 301_000 }), false);
  });

  it('refuses another spelling of the same bits', () => {
    // The last digit carries four bits that no byte holds.
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const last = digits[digits.indexOf(bits.at(-3) ?? '') + 1] ?? '';
    const other = `${bits.slice(0, -3)}${last}==`;
    assert.deepEqual(Buffer.from(other, 'base64'), Buffer.from(bits, 'base64'));

    assert.equal(verifies(`v1a,${other}`), false);
  });

  it('throws on a key that is none, and on a public key that is given as a secret', () => {
    for (const key of ['', 'whpk_', 'whpk_Zm9v', text.slice('whpk_'.length)]) {
      assert.throws(() => verifies(`v1a,${bits}`, { publicKeys: [key] }), /Not an ed25519 public key/, key);
    }
    assert.throws(() => verifyStandardRequest(body, known, text), /public key/);
  });
});
