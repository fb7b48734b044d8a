import assert from 'node:assert/strict';

import { checkHookHeaders } from '#domain/hook-headers.ts';

function messages(headers: Record<string, unknown>): readonly string[] {
  return checkHookHeaders(headers).map(({ message }) => message);
}

describe("a hook's own headers", () => {
  it('may be what HTTP allows', () => {
    assert.deepEqual(
      checkHookHeaders({ Authorization: 'Bearer a.b-c', 'X-Name': 'é÷', accept: '', "!#$%&'*+.^_`|~": 'x' }),
      [],
    );
  });

  it('name their fault by path and never repeat a value', () => {
    const faults = checkHookHeaders({ 'X-Good': 'yes', 'X-Bad': 'secret\r\nHost: inside' });

    assert.deepEqual(faults, [
      { path: 'headers.X-Bad', message: 'A header value holds printable Latin-1 characters only' },
    ]);
  });

  it('have names that are tokens', () => {
    for (const name of ['', ' ', 'a b', 'a:', 'a\r\nb', 'a\0', 'ä', '(x)', 'x@y', 'x"', '"x"', 'a\t']) {
      assert.deepEqual(messages({ [name]: 'x' }), ['This is not a header name'], JSON.stringify(name));
    }
  });

  it('have printable values', () => {
    for (const value of [
      'a\rb',
      'a\nb',
      'a\0',
      '\u0001',
      '\u007f',
      '\u0080',
      'a\tb',
      '€',
      '漢',
      '\ud83d\ude00',
    ]) {
      assert.match(messages({ 'x-a': value })[0] ?? '', /printable Latin-1/, JSON.stringify(value));
    }
    assert.match(messages({ 'x-a': ' padded' })[0] ?? '', /space/);
    for (const value of [1, null, undefined, ['a'], { a: 1 }, true]) {
      assert.deepEqual(messages({ 'x-a': value }), ['A header value is a text']);
    }
  });

  it('are not those that Holdfast or HTTP sets, in any letters', () => {
    const reserved = [
      'Host',
      'CONTENT-LENGTH',
      'content-type',
      'Transfer-Encoding',
      'Connection',
      'Keep-Alive',
      'Upgrade',
      'Expect',
      'TE',
      'Trailer',
      'Proxy-Authorization',
      'proxy-x',
      'User-Agent',
      'Accept-Encoding',
      'Webhook-Id',
      'webhook-signature',
      'X-Hub-Signature-256',
      'x-sigmagit-event',
      'X-GitHub-Delivery',
    ];
    for (const name of reserved) {
      assert.deepEqual(messages({ [name]: 'x' }), ['This header is set by Holdfast'], name);
    }
  });

  it('come once, whatever their letters', () => {
    for (const [first, second] of [
      ['X-Token', 'x-token'],
      ['x-token', 'X-TOKEN'],
    ] as const) {
      assert.deepEqual(checkHookHeaders({ [first]: 'a', [second]: 'b' }), [
        { path: `headers.${second}`, message: 'This header is given twice, in different letters' },
      ]);
    }
  });

  it('are at most 50 and 8 KiB', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, 'v']));

    assert.deepEqual(checkHookHeaders(many(50)), []);
    assert.match(messages(many(51))[0] ?? '', /At most 50/);
    assert.deepEqual(checkHookHeaders({ 'x-a': 'v'.repeat(8192 - 3) }), []);
    assert.match(messages({ 'x-a': 'v'.repeat(8192 - 2) })[0] ?? '', /8192 bytes/);
  });

  it('may be called like the properties of an object', () => {
    const headers: unknown = JSON.parse('{"__proto__": "a\\nb", "constructor": "x"}');

    assert.deepEqual(checkHookHeaders(headers as Record<string, unknown>), [
      { path: 'headers.__proto__', message: 'A header value holds printable Latin-1 characters only' },
    ]);
  });
});
