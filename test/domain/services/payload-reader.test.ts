import assert from 'node:assert/strict';
import {
  countAt,
  flagAt,
  hashAt,
  lineAt,
  listAt,
  partAt,
  textAt,
  urlAt,
} from '#domain/services/payload-reader.ts';

describe('a value of a payload that nobody has checked', () => {
  it('is found at the end of its path', () => {
    assert.equal(textAt({ issue: { title: 'It breaks' } }, 'issue', 'title'), 'It breaks');
    assert.equal(countAt({ issue: { number: 12 } }, 'issue', 'number'), 12);
    assert.equal(flagAt({ merged: true }, 'merged'), true);
    assert.deepEqual(listAt({ commits: [1] }, 'commits'), [1]);
    assert.deepEqual(partAt({ a: { b: { c: 1 } } }, 'a', 'b'), { c: 1 });
  });

  it('is absent where there is nothing on the way to it', () => {
    for (const payload of [null, undefined, 1, 'text', [], {}, { issue: null }, { issue: 'text' }]) {
      assert.equal(textAt(payload, 'issue', 'title'), undefined);
      assert.deepEqual(listAt(payload, 'issue', 'title'), []);
    }
  });

  it('is absent when it has another type', () => {
    for (const value of [1, true, null, {}, ['text'], '', ' \n ']) {
      assert.equal(textAt({ value }, 'value'), undefined);
    }
    for (const value of ['1', 1.5, -1, Number.MAX_SAFE_INTEGER + 1, null]) {
      assert.equal(countAt({ value }, 'value'), undefined);
    }
    for (const value of ['true', 1, {}]) assert.equal(flagAt({ value }, 'value'), false);
    assert.deepEqual(listAt({ value: { length: 2 } }, 'value'), []);
  });

  it('is never one that every object has', () => {
    assert.equal(partAt({}, 'toString'), undefined);
    assert.equal(partAt({}, '__proto__'), undefined);
    assert.equal(textAt(JSON.parse('{"__proto__": {"name": "own"}}'), '__proto__', 'name'), 'own');
  });

  it('is well-formed text of a length that can be worked on', () => {
    assert.equal(textAt({ value: 'a\ud800b' }, 'value'), 'a\ufffdb');
    assert.equal(textAt({ value: 'x'.repeat(100_000) }, 'value')?.length, 65_536);
  });

  it('is one line of what there is to see, where a line is asked for', () => {
    assert.equal(lineAt({ value: ' a\r\nb\u2028c\0d\u202ee ' }, 'value'), 'a b c d e');
    assert.equal(lineAt({ value: '\u0001\u202e' }, 'value'), undefined);
  });

  it('is a URL only if it is one of the web', () => {
    assert.equal(urlAt({ url: 'HTTPS://Git.Example/a b' }, 'url'), 'https://git.example/a%20b');
    for (const url of [
      'javascript:alert(1)',
      'data:,x',
      '/issues/1',
      '',
      5,
      `https://x/${'y'.repeat(2048)}`,
    ]) {
      assert.equal(urlAt({ url }, 'url'), undefined, String(url));
    }
    assert.doesNotMatch(urlAt({ url: 'https://x/\r\ny' }, 'url') ?? '', /\s/u);
  });

  it('is a hash only if it is hexadecimal', () => {
    assert.equal(hashAt({ id: 'abc1234' }, 'id'), 'abc1234');
    for (const id of ['abc123', 'xyz1234', 'a'.repeat(65), 1234567])
      assert.equal(hashAt({ id }, 'id'), undefined);
  });
});
