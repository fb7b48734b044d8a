import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { verifySignature } from '#receiver/verify-signature.ts';
import { verifyRequest } from '#receiver/verify-request.ts';

const sign = (bytes: Uint8Array, secret: string): string =>
  `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`;

const secret = "It's a Secret to Everybody";
const body = Buffer.from('Hello, World!');
const header = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

describe('verifySignature', () => {
  it("accepts the vector of GitHub's documentation, which signs the same way", () => {
    assert.equal(verifySignature(body, header, secret), true);
  });

  it('takes the text of a hexadecimal secret as the key, not the bytes it spells', () => {
    const hexSecret = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
    // By `openssl dgst -sha256 -hmac`.
    const given = 'sha256=2dd982b4700f6a9fbacb96ab76dc751c695c3438d5cedf3174c7b58d9c1dc9f6';

    assert.equal(verifySignature(body, given, hexSecret), true);
    const spelled = createHmac('sha256', Buffer.from(hexSecret, 'hex')).update(body).digest('hex');
    assert.equal(verifySignature(body, `sha256=${spelled}`, hexSecret), false);
  });

  it('accepts an empty body, unicode and bytes that are no text', () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('"smörgåsbord 🦜"'),
      Buffer.from([0xff, 0xfe, 0, 0x80]),
    ]) {
      assert.equal(verifySignature(bytes, sign(bytes, secret), secret), true);
    }
    assert.equal(verifySignature(new Uint8Array(body), header, secret), true);
    assert.equal(verifySignature(body, sign(body, 'ключ 🔑'), 'ключ 🔑'), true);
  });

  it('tells bodies apart that are one text after decoding', () => {
    const wrong = Buffer.from([0x22, 0xff, 0x22]);
    const replaced = Buffer.from(wrong.toString('utf8'));

    assert.equal(verifySignature(replaced, sign(wrong, secret), secret), false);
  });

  it('refuses any body, secret or signature in which one bit differs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), fc.nat(7), (bytes, at, bit) => {
        const tampered = Uint8Array.from(bytes);
        const index = at % bytes.length;
        tampered[index] = (tampered[index] ?? 0) ^ (1 << bit);
        const good = sign(bytes, secret);
        const place = 'sha256='.length + (at % 64);
        const otherDigit = ((Number.parseInt(good[place] ?? '', 16) ^ (1 << (bit % 4))) & 15).toString(16);
        const bad = good.slice(0, place) + otherDigit + good.slice(place + 1);

        assert.equal(verifySignature(bytes, good, secret), true);
        assert.equal(verifySignature(tampered, good, secret), false);
        assert.equal(verifySignature(bytes, bad, secret), false);
        assert.equal(verifySignature(bytes, good, `${secret} `), false);
      }),
    );
  });

  it('refuses a header in any other form', () => {
    const digest = header.slice('sha256='.length);
    const forms = [
      undefined,
      null,
      '',
      'sha256=',
      digest,
      `sha1=${digest}`,
      `SHA256=${digest}`,
      `sha256=${digest.toUpperCase()}`,
      `sha256=${digest.slice(0, -1)}`,
      `sha256=${digest.slice(0, -2)}`,
      `${header}0`,
      `${header}00`,
      `${header}zz`,
      `${header}\n`,
      ` ${header}`,
      `sha256=${'z'.repeat(64)}`,
      `sha256=${Buffer.from(digest, 'hex').toString('base64')}`,
      `${header}, ${header}`,
      [header],
    ];

    for (const form of forms) assert.equal(verifySignature(body, form, secret), false, String(form));
  });

  it('refuses whatever a stranger writes, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (text, bytes) => {
        assert.equal(verifySignature(bytes, text, secret), false);
        assert.equal(verifySignature(bytes, `sha256=${text}`, secret), false);
      }),
    );
  });

  it('throws on an empty secret, with which anyone could sign', () => {
    assert.throws(() => verifySignature(body, sign(body, ''), ''), /secret of the hook is empty/);
    assert.throws(() => verifySignature(body, header, undefined as unknown as string), TypeError);
  });

  it('throws on a public key, with which anyone could sign, too', () => {
    const publicKey = 'whpk_MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lP==';

    assert.throws(() => verifySignature(body, sign(body, publicKey), publicKey), /public key/);
  });

  it('throws on a body that is not bytes any more', () => {
    for (const value of ['Hello, World!', { hello: 'world' }, null]) {
      assert.throws(() => verifySignature(value as unknown as Buffer, header, secret), /bytes as they were/);
    }
  });
});

describe('verifyRequest', () => {
  const [oldSecret, newSecret] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
  const rotating = {
    'x-sigmagit-signature': sign(body, newSecret),
    'x-sigmagit-signature-previous': sign(body, oldSecret),
  };

  it('accepts a request outside of a rotation', () => {
    const headers = { 'x-sigmagit-signature': sign(body, oldSecret) };

    assert.equal(verifyRequest(body, headers, oldSecret), true);
    assert.equal(verifyRequest(body, headers, newSecret), false);
  });

  it('accepts a rotating hook from a receiver that knows the old secret, the new one or both', () => {
    for (const secrets of [oldSecret, newSecret, [newSecret, oldSecret], [oldSecret, newSecret]]) {
      assert.equal(verifyRequest(body, rotating, secrets), true);
    }
    assert.equal(verifyRequest(body, rotating, secret), false);
  });

  it('no longer accepts the old secret from a receiver that dropped it', () => {
    const { 'x-sigmagit-signature-previous': previous } = rotating;

    const headers = { 'x-sigmagit-signature': previous, 'x-sigmagit-signature-previous': previous };

    assert.equal(verifyRequest(body, headers, newSecret), false);
  });

  it('refuses a changed body and absent headers', () => {
    assert.equal(verifyRequest(Buffer.from('Hello, World?'), rotating, [oldSecret, newSecret]), false);
    assert.equal(verifyRequest(body, {}, [oldSecret, newSecret]), false);
  });

  it('reads the headers of the Fetch API as well', () => {
    assert.equal(verifyRequest(body, new Headers(rotating), newSecret), true);
    assert.equal(verifyRequest(body, new Headers(), newSecret), false);
  });

  it('is not misled by a header that is named get', () => {
    assert.equal(verifyRequest(body, { ...rotating, get: 'x' }, newSecret), true);
  });

  it('throws when no secret is known, or one is empty', () => {
    assert.throws(() => verifyRequest(body, rotating, []), TypeError);
    assert.throws(() => verifyRequest(body, rotating, ''), TypeError);
    assert.throws(() => verifyRequest(body, {}, ['']), TypeError);
  });
});
