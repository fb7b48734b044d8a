import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parsePayload, PayloadError } from '#receiver/parse-payload.ts';

const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

describe('parsePayload', () => {
  it('reads the same payload out of JSON and out of a form', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const asForm = Buffer.from(new URLSearchParams({ payload: text }).toString());

        assert.deepEqual(parsePayload(json, Buffer.from(text)), JSON.parse(text));
        assert.deepEqual(parsePayload(form, asForm), JSON.parse(text));
      }),
    );
  });

  it('knows the types in every spelling', () => {
    const types = [
      'application/json; charset=utf-8',
      'Application/JSON',
      'application/cloudevents+json ;v=1',
    ];

    for (const type of types) {
      assert.deepEqual(parsePayload({ 'content-type': type }, Buffer.from('{"a":1}')), { a: 1 }, type);
    }
    const headers = new Headers({ 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' });
    assert.deepEqual(parsePayload(headers, Buffer.from('payload=%7B%22a%22%3A%22x+y%22%7D')), { a: 'x y' });
  });

  it('refuses bodies of other types', () => {
    for (const type of [
      undefined,
      '',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/jsonp',
    ]) {
      assert.throws(() => parsePayload({ 'content-type': type }, Buffer.from('{}')), PayloadError, type);
    }
  });

  it('refuses forms without a payload, or with two', () => {
    for (const body of ['', 'other=%7B%7D', 'payload=1&payload=2', 'payload=']) {
      assert.throws(() => parsePayload(form, Buffer.from(body)), PayloadError, body);
    }
  });

  it('refuses what is no UTF-8 or no JSON, as an error that Koa answers 400', () => {
    const badBytes = Buffer.from([0x22, 0xff, 0x22]);

    assert.throws(() => parsePayload(json, badBytes), /^PayloadError: The body is not UTF-8$/);
    assert.throws(() => parsePayload(json, Buffer.from('{')), { status: 400, expose: true });
    assert.throws(
      () => parsePayload(form, Buffer.from('payload=%7B')),
      /^PayloadError: The payload is not JSON$/,
    );
  });
});
