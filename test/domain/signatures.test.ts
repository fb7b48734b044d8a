import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { signatureHeaders, standardKey, standardSecret, standardSignedPrefix } from '#domain/signatures.ts';

const current = { bodyHex: 'c0ffee', standardBase64: 'Q3VycmVudA==' };
const previous = { bodyHex: 'decade', standardBase64: 'UHJldmlvdXM=' };

describe('signatures', () => {
  it('are two headers while there is one secret', () => {
    assert.deepEqual(signatureHeaders('sigmagit', current, undefined), {
      'webhook-signature': 'v1,Q3VycmVudA==',
      'X-Sigmagit-Signature': 'sha256=c0ffee',
    });
  });

  it('are made with both secrets while a rotation lasts, the new one first', () => {
    assert.deepEqual(signatureHeaders('sigmagit', current, previous), {
      'webhook-signature': 'v1,Q3VycmVudA== v1,UHJldmlvdXM=',
      'X-Sigmagit-Signature': 'sha256=c0ffee',
      'X-Sigmagit-Signature-Previous': 'sha256=decade',
    });
  });

  it('of SocialGateway are made with the new secret, the old one beside it', () => {
    assert.deepEqual(signatureHeaders('socialgateway', { ...current, bodySha1Hex: 'beef' }, previous), {
      'webhook-signature': 'v1,Q3VycmVudA== v1,UHJldmlvdXM=',
      'X-Hub-Signature': 'sha1=beef',
      'X-Hub-Signature-256': 'sha256=c0ffee',
      'X-Hub-Signature-256-Previous': 'sha256=decade',
    });
  });

  it('of the standard format are the one header', () => {
    assert.deepEqual(signatureHeaders('standard', current, undefined), {
      'webhook-signature': 'v1,Q3VycmVudA==',
    });
  });

  it('of Standard Webhooks cover id, timestamp and body, parted by full stops', () => {
    assert.equal(standardSignedPrefix('msg_1', 1_763_805_600), 'msg_1.1763805600.');
  });

  const keys = [
    ['whsec_AAECAw==', 'AAECAw==', 'base64'],
    ['whsec_', '', 'base64'],
    ['c0ffee', 'c0ffee', 'utf8'],
    ['a whsec_ in the middle', 'a whsec_ in the middle', 'utf8'],
    ['WHSEC_AAECAw==', 'WHSEC_AAECAw==', 'utf8'],
  ] as const;
  for (const [secret, text, encoding] of keys) {
    it(`under the secret ${JSON.stringify(secret)} take their key from ${encoding}`, () => {
      assert.deepEqual(standardKey(secret), { text, encoding });
    });
  }

  it('are made with the key that the shown standard secret holds', () => {
    fc.assert(
      fc.property(fc.base64String(), (keyBase64) => {
        assert.deepEqual(standardKey(standardSecret(keyBase64)), { text: keyBase64, encoding: 'base64' });
      }),
    );
  });
});
