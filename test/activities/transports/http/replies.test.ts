import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';

import type { HttpTransport } from '#activities/transports/http/http-transport.ts';

import { makeTransport, post, warmUp } from '../../../support/http-sending.ts';
import {
  okReply,
  onRequest,
  type RawReceiver,
  startRawReceiver,
  startScriptedReceiver,
} from '../../../support/raw-receiver.ts';

describe('the HTTP transport, of replies', () => {
  let transport: HttpTransport;
  let receivers: RawReceiver[];

  beforeEach(() => {
    transport = makeTransport();
    receivers = [];
  });

  afterEach(async () => {
    await transport.close();
    await Promise.all(receivers.map((receiver) => receiver.close()));
  });

  async function replyTo(reply: string | Buffer, after?: Parameters<typeof startScriptedReceiver>[1]) {
    const receiver = await startScriptedReceiver(reply, after);
    receivers.push(receiver);
    return post(transport, `${receiver.url}/hook`);
  }

  for (const status of [200, 201, 202, 204, 226, 299]) {
    it(`takes ${status} for delivered`, async () => {
      const reply = await replyTo(`HTTP/1.1 ${status} Fine\r\ncontent-length: 0\r\n\r\n`);

      assert.deepEqual(
        [reply.outcome, reply.status, reply.error, reply.truncated],
        ['delivered', status, null, false],
      );
    });
  }

  const failures = [
    [300, 'redirect'],
    [301, 'redirect'],
    [304, 'redirect'],
    [400, 'http_4xx'],
    [401, 'http_4xx'],
    [404, 'http_4xx'],
    [410, 'http_4xx'],
    [429, 'http_4xx'],
    [500, 'http_5xx'],
    [503, 'http_5xx'],
    [599, 'http_5xx'],
    [600, 'protocol_error'],
    [999, 'protocol_error'],
  ] as const;
  for (const [status, outcome] of failures) {
    it(`takes ${status} for ${outcome}`, async () => {
      const reply = await replyTo(`HTTP/1.1 ${status} Hm\r\ncontent-length: 4\r\n\r\nbody`);

      assert.deepEqual(
        [reply.outcome, reply.status, String(reply.body)],
        [outcome, status, status === 304 ? '' : 'body'],
      );
      assert.match(reply.error ?? '', new RegExp(`\\(status ${status}\\)\\.$`));
    });
  }

  for (const status of [301, 302, 303, 307, 308]) {
    it(`follows no ${status}, and keeps where it would have led`, async () => {
      const aim = await startScriptedReceiver(okReply);
      receivers.push(aim);
      const reply = await replyTo(
        `HTTP/1.1 ${status} Away\r\nLocation: ${aim.url}/inside\r\ncontent-length: 0\r\n\r\n`,
      );

      assert.equal(reply.outcome, 'redirect');
      assert.equal(reply.headers?.['location'], `${aim.url}/inside`);
      assert.equal(aim.connections(), 0);
    });
  }

  it('writes the request that was asked for, byte for byte', async () => {
    const heard = Promise.withResolvers<Buffer>();
    const chunks: Buffer[] = [];
    const receiver = await startRawReceiver((socket) => {
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        const all = Buffer.concat(chunks);
        if (all.length < 200_000) return;
        heard.resolve(all);
        socket.write(okReply);
      });
    });
    receivers.push(receiver);
    const body = randomBytes(200_000);
    const headers = { 'Content-Type': 'application/json', 'X-Own': 'é', 'Accept-Encoding': 'gzip' };

    const reply = await transport.send({
      url: `${receiver.url}/a%20b?c=d&e#f`,
      headers,
      body,
      timeoutMs: 5000,
    });

    const all = await heard.promise;
    const end = all.indexOf('\r\n\r\n') + 4;
    const lines = all.subarray(0, end).toString('latin1').trimEnd().split('\r\n');
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    assert.equal(reply.outcome, 'delivered');
    assert.deepEqual(lines.sort(), [
      'Content-Type: application/json',
      'POST /a%20b?c=d&e HTTP/1.1',
      'X-Own: é',
      'accept-encoding: identity',
      'connection: keep-alive',
      'content-length: 200000',
      `host: 127.0.0.1:${receiver.port}`,
    ]);
    assert.equal(digest(all.subarray(end)), digest(body));
  });

  it('keeps the first bytes of a body, as many as asked, and says that it was cut', async () => {
    const receiver = await startScriptedReceiver(
      `HTTP/1.1 200 OK\r\ncontent-length: 300\r\n\r\n${'abc'.repeat(100)}`,
    );
    receivers.push(receiver);
    await warmUp(transport, receiver.url);
    const connections = receiver.connections();

    const whole = await post(transport, receiver.url, { keepBytes: 300 });
    const cut = await post(transport, receiver.url, { keepBytes: 299 });
    const none = await post(transport, receiver.url, { keepBytes: 0 });

    assert.deepEqual([whole.body.length, whole.truncated], [300, false]);
    assert.deepEqual([String(cut.body), cut.truncated], ['abc'.repeat(100).slice(0, 299), true]);
    assert.deepEqual([none.body.length, none.truncated], [0, true]);
    assert.equal(
      receiver.connections(),
      connections,
      'a body a little too long does not cost the connection',
    );
  });

  it('keeps chunked bodies and bodies that end with the connection', async () => {
    const chunked = await replyTo(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nx-trailer: 1\r\n\r\n',
    );
    const ended = await replyTo('HTTP/1.0 200 OK\r\n\r\nabc', (socket) => socket.end());

    assert.deepEqual([String(chunked.body), chunked.truncated], ['abc', false]);
    assert.deepEqual([String(ended.body), ended.truncated], ['abc', false]);
  });

  it('inflates nothing', async () => {
    const raw = randomBytes(500);
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip, br, zstd\r\ncontent-length: ${raw.length}\r\n\r\n`;

    const reply = await replyTo(Buffer.concat([Buffer.from(head), raw]));

    assert.deepEqual([reply.outcome, reply.body.equals(raw), reply.truncated], ['delivered', true, false]);
  });

  it('hands on Retry-After, the first if there are several', async () => {
    const one = await replyTo('HTTP/1.1 429 Slow\r\nRetry-After: 120\r\ncontent-length: 0\r\n\r\n');
    const two = await replyTo(
      'HTTP/1.1 503 Slow\r\nretry-after: 5\r\nRETRY-AFTER: 7\r\ncontent-length: 0\r\n\r\n',
    );
    const long = await replyTo(
      `HTTP/1.1 503 Slow\r\nretry-after: ${'9'.repeat(10_000)}\r\ncontent-length: 0\r\n\r\n`,
    );
    const none = await replyTo(okReply);

    assert.deepEqual([one.retryAfter, two.retryAfter, none.retryAfter], ['120', '5', null]);
    assert.equal(long.retryAfter, '9'.repeat(128));
  });

  it('keeps at most a hundred headers, and those of strange names safely', async () => {
    const many = Array.from({ length: 300 }, (_, n) => `x-${n}: ${n}\r\n`).join('');
    const strange =
      'x-a: 1\r\nX-A: 2\r\n__proto__: p\r\n__proto__: q\r\nconstructor: c\r\ntoString: s\r\nx-tab: a\tb\r\nx-high: \xe9\x85\xff\r\n';

    const plenty = await replyTo(`HTTP/1.1 200 OK\r\n${many}content-length: 0\r\n\r\n`);
    const odd = await replyTo(`HTTP/1.1 200 OK\r\n${strange}content-length: 0\r\n\r\n`);

    assert.equal(Object.keys(plenty.headers ?? {}).length, 100);
    assert.deepEqual(Object.entries(odd.headers ?? {}), [
      ['x-a', ['1', '2']],
      ['__proto__', ['p', 'q']],
      ['constructor', 'c'],
      ['tostring', 's'],
      ['x-tab', 'a\\x09b'],
      ['x-high', 'é\\x85ÿ'],
      ['content-length', '0'],
    ]);
    assert.deepEqual(
      JSON.parse(JSON.stringify(odd.headers)),
      odd.headers,
      'what is stored as JSON comes back',
    );
  });

  it('measures the steps of an attempt, and leaves out those of a kept connection', async () => {
    const receiver = await startScriptedReceiver(okReply);
    receivers.push(receiver);

    const first = await post(transport, receiver.url);
    await warmUp(transport, receiver.url);
    const second = await post(transport, receiver.url);

    assert.ok((first.timings.connectMs ?? -1) >= 0);
    assert.ok((first.timings.statusMs ?? 0) > 0 && first.durationMs >= (first.timings.statusMs ?? 0));
    assert.deepEqual(
      [first.timings.dnsMs, first.timings.tlsMs, second.timings.connectMs],
      [null, null, null],
    );
  });

  it('throws what is the fault of the caller', async () => {
    const receiver = await startScriptedReceiver(okReply);
    receivers.push(receiver);

    await assert.rejects(post(transport, 'nonsense'), TypeError);
    await assert.rejects(post(transport, 'ftp://127.0.0.1/'), TypeError);
    for (const name of [
      'Host',
      'connection',
      'Content-Length',
      'transfer-encoding',
      'Expect',
      'Proxy-Connection',
    ]) {
      await assert.rejects(post(transport, receiver.url, { headers: { [name]: '1' } }), TypeError, name);
    }
    for (const [name, value] of [
      ['x-a', 'a\r\nb: c'],
      ['x a', '1'],
      ['x-a', '\0'],
      ['x-a', '€'],
    ] as const) {
      await assert.rejects(post(transport, receiver.url, { headers: { [name]: value } }), {
        code: 'UND_ERR_INVALID_ARG',
      });
    }
    assert.equal(receiver.connections(), 0);
    assert.deepEqual(transport.counts(), { targets: 0, idle: 0, inUse: 0 });
  });

  it('sends each header once, the last of those that differ in case', async () => {
    const heard = Promise.withResolvers<string>();
    const receiver = await startRawReceiver((socket) => {
      onRequest(socket, (text) => {
        heard.resolve(text);
        socket.write(okReply);
      });
    });
    receivers.push(receiver);

    await post(transport, receiver.url, { headers: { 'X-A': 'theirs', 'x-a': 'ours' } });

    assert.deepEqual((await heard.promise).match(/x-a: .*/gi), ['x-a: ours']);
  });
});
