import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
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

/** An id as senders may make it: whatever a header can hold, without full stops. */
const ids = fc.stringMatching(/^[\x21-\x2d\x2f-\x7e]{1,60}$/);

describe('verifyStandardRequest', () => {
  it('accepts the known answer of the Standard Webhooks libraries', () => {
    assert.equal(isRight(), true);
    assert.equal(verifyStandardRequest(body, new Headers(known), secret, { nowMs }), true);
  });

  it('accepts what standardwebhooks signs, which accepts the same', () => {
    const keys = fc.uint8Array({ minLength: 24, maxLength: 64 });
    fc.assert(
      fc.property(ids, keys, fc.string(), (id, key, text) => {
        const spell = (bytes: Iterable<number>): string =>
          `whsec_${Buffer.from([...bytes]).toString('base64')}`;
        const peer = new Webhook(spell(key));
        const at = new Date();
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': peer.sign(id, at, text),
        };
        const bytes = Buffer.from(text);

        assert.equal(verifyStandardRequest(bytes, headers, spell(key)), true);
        assert.equal(verifyStandardRequest(bytes, headers, spell([...key, 1])), false);
        const signed = `${id}.${headers['webhook-timestamp']}.${text}`;
        const ours = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
        assert.doesNotThrow(() =>
          peer.verify(text, { ...headers, 'webhook-signature': ours }, { jsonParse: false }),
        );
      }),
    );
  });

  it('takes the text of a secret and its whsec_ spelling for one key', () => {
    const text = randomBytes(32).toString('hex');
    const standard = `whsec_${Buffer.from(text).toString('base64')}`;
    const signature = new Webhook(text, { format: 'raw' }).sign('id', new Date(nowMs), body);
    const headers = { ...known, 'webhook-id': 'id', 'webhook-signature': signature };

    for (const spelling of [text, standard, ['another', text], [standard, 'another']]) {
      assert.equal(verifyStandardRequest(body, headers, spelling, { nowMs }), true);
    }
    assert.equal(verifyStandardRequest(body, headers, 'another', { nowMs }), false);
  });

  it('refuses any body, header or secret in which one bit differs', () => {
    fc.assert(
      fc.property(ids, fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), (id, bytes, bit) => {
        const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), bytes]);
        const digest = createHmac('sha256', 'a secret').update(signed).digest('base64');
        const good = { ...known, 'webhook-id': id, 'webhook-signature': `v1,${digest}` };
        const verifies = (given: Uint8Array, headers: Record<string, string>, key = 'a secret'): boolean =>
          verifyStandardRequest(given, headers, key, { nowMs });
        const flipped = (name: keyof typeof good): Record<string, string> => ({
          ...good,
          [name]: flipBit(Buffer.from(good[name]), bit).toString('latin1'),
        });

        assert.equal(verifies(bytes, good), true);
        assert.equal(verifies(flipBit(bytes, bit), good), false);
        for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const) {
          assert.equal(verifies(bytes, flipped(name)), false, name);
        }
        assert.equal(verifies(bytes, good, 'a secreu'), false);
      }),
    );
  });

  it('accepts a rotating hook from a receiver that knows the old secret, the new one or both', () => {
    const signature = (key: string): string => new Webhook(key).sign('id', new Date(nowMs), body);
    const [older, newer] = [secret, `whsec_${randomBytes(32).toString('base64')}`];
    const both = {
      ...known,
      'webhook-id': 'id',
      'webhook-signature': `${signature(newer)} ${signature(older)}`,
    };

    for (const secrets of [older, newer, [newer, older]]) {
      assert.equal(verifyStandardRequest(body, both, secrets, { nowMs }), true);
    }
  });

  it('finds the right signature among others, up to 16 of them', () => {
    const right = known['webhook-signature'];
    const others = ['v2,Zm9v', 'v1', 'v1,', '', 'v1,Zm9v', `v1a,${right.slice(3)}`, right.toUpperCase()];

    assert.equal(isRight({ 'webhook-signature': [...others, right, ...others].join(' ') }), true);
    assert.equal(isRight({ 'webhook-signature': [...others, ...others].join(' ') }), false);
    assert.equal(
      isRight({ 'webhook-signature': [...Array<string>(15).fill('v2,x'), right].join(' ') }),
      true,
    );
    assert.equal(
      isRight({ 'webhook-signature': [...Array<string>(16).fill('v2,x'), right].join(' ') }),
      false,
    );
  });

  it('refuses the right digest under another version or in another spelling', () => {
    const digest = known['webhook-signature'].slice('v1,'.length);
    // Its last digit carries two bits that no byte holds: another digit decodes to the same bytes.
    const sameBytes = digest.replace('E=', 'F=');
    assert.deepEqual(Buffer.from(sameBytes, 'base64'), Buffer.from(digest, 'base64'));

    for (const other of [
      `v1a,${digest}`,
      `v2,${digest}`,
      `V1,${digest}`,
      digest,
      `v1,${digest.slice(0, -1)}`,
    ]) {
      assert.equal(isRight({ 'webhook-signature': other }), false, other);
    }
    assert.equal(isRight({ 'webhook-signature': `v1,${sameBytes}` }), false);
    assert.equal(isRight({ 'webhook-signature': `v1,${digest.replace('+', '-').replace('/', '_')}` }), false);
  });

  it('accepts attempts up to five minutes away from its clock, either way', () => {
    const at = (seconds: number, options: StandardOptions = {}): boolean =>
      isRight({}, { nowMs: (timestamp + seconds) * 1000, ...options });

    for (const seconds of [-300, -1, 0, 300]) assert.equal(at(seconds), true, String(seconds));
    for (const seconds of [-301, 301, -1e9, 1e9]) assert.equal(at(seconds), false, String(seconds));
    assert.equal(at(10, { toleranceSeconds: 10 }), true);
    assert.equal(at(11, { toleranceSeconds: 10 }), false);
    assert.equal(at(0, { toleranceSeconds: 0 }), true);
    assert.equal(isRight({}, { nowMs: Number.NaN }), false);
  });

  it('looks at the real clock when no other is given', () => {
    assert.equal(verifyStandardRequest(body, known, secret), false);
  });

  it('refuses headers that are missing, doubled or malformed, even if they are signed so', () => {
    const signed = (id: string, time: string): Known => ({
      'webhook-id': id,
      'webhook-timestamp': time,
      'webhook-signature': `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
        .update(`${id}.${time}.`)
        .update(body)
        .digest('base64')}`,
    });
    assert.equal(isRight(signed('x', String(timestamp))), true);

    for (const id of ['', 'a.b', 'a b', 'é', 'x'.repeat(257)]) {
      assert.equal(isRight(signed(id, String(timestamp))), false, id);
    }
    for (const time of [
      '',
      `0${timestamp}`,
      `+${timestamp}`,
      `${timestamp}.0`,
      ` ${timestamp}`,
      '1614265330e0',
      'NaN',
    ]) {
      assert.equal(isRight(signed('x', time)), false, time);
    }
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const) {
      const { [name]: value, ...others } = known;
      assert.equal(verifyStandardRequest(body, others, secret, { nowMs }), false);
      assert.equal(isRight({ [name]: [value] }), false);
    }
  });

  it('does not let a full stop move the border between id, time and body', () => {
    // Signed as id `x`, this time, and a body that begins with digits.
    const text = `x.${timestamp}.${timestamp}.5`;
    const signature = `v1,${createHmac('sha256', 'key').update(text).digest('base64')}`;
    const moved = { ...known, 'webhook-id': `x.${timestamp}`, 'webhook-signature': signature };

    assert.equal(verifyStandardRequest(Buffer.from('5'), moved, 'key', { nowMs }), false);
  });

  it('refuses whatever a stranger writes, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, other) => {
        for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
          assert.equal(isRight({ [name]: text }), false);
        }
        assert.equal(isRight({ 'webhook-signature': `v1,${text} v1a,${other}` }), false);
      }),
    );
  });

  it('throws on mistakes of the caller', () => {
    for (const secrets of ['', [], [''], 'whsec_', [secret, 'whsec_!']]) {
      assert.throws(() => verifyStandardRequest(body, {}, secrets), TypeError, String(secrets));
    }
    assert.throws(() => verifyStandardRequest('{}' as unknown as Buffer, known, secret), TypeError);
    for (const toleranceSeconds of [Number.NaN, -1, Infinity]) {
      assert.throws(() => isRight({}, { toleranceSeconds }), RangeError);
    }
  });
});
