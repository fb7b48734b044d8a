import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';

import type { HttpTransport } from '#activities/transports/http/http-transport.ts';
import type { Outcome } from '#domain/outcomes.ts';

import { assertTakes, makeTransport, post } from '../../../support/http-sending.ts';
import { okReply, onRequest, type RawReceiver, startRawReceiver } from '../../../support/raw-receiver.ts';

const deadlineMs = 500;

/** Writes over and over, as fast as it is read or at an interval, until the socket is gone. */
function writeForEver(socket: Socket, bytes: string | Buffer, everyMs?: number): void {
  if (everyMs !== undefined) {
    const timer = setInterval(() => socket.write(bytes), everyMs);
    socket.on('close', () => clearInterval(timer));
    return;
  }
  const pump = (): void => {
    while (!socket.destroyed && socket.write(bytes)) continue;
  };
  socket.on('drain', pump);
  pump();
}

describe('the HTTP transport, of hostile receivers', () => {
  let transport: HttpTransport;
  let receiver: RawReceiver;

  beforeEach(() => {
    transport = makeTransport();
  });

  afterEach(async () => {
    await transport.close();
    await receiver.close();
    assert.deepEqual(transport.counts(), { targets: 0, idle: 0, inUse: 0 });
  });

  /** Answers the first request as the script says. */
  async function sendTo(script: (socket: Socket) => void) {
    receiver = await startRawReceiver((socket) => onRequest(socket, () => script(socket)));
    return await post(transport, receiver.url, { timeoutMs: deadlineMs });
  }

  const silent: [string, (socket: Socket) => void][] = [
    ['says nothing', () => undefined],
    [
      'sends its header byte by byte',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
        writeForEver(socket, 'a', 20);
      },
    ],
    [
      'sends 103 Early Hints for ever',
      (socket) => writeForEver(socket, 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n', 20),
    ],
    ['sends empty lines for ever', (socket) => writeForEver(socket, '\r\n', 20)],
    ['stops in its status line', (socket) => socket.write('HTTP/1.1 20')],
  ];
  for (const [what, script] of silent) {
    it(`gives up at the deadline on one that ${what}`, async () => {
      const reply = await assertTakes(deadlineMs, () => sendTo(script));

      assert.deepEqual(
        [reply.outcome, reply.status, reply.headers, reply.body.length],
        ['timeout', null, null, 0],
      );
      assert.equal(reply.error, 'The receiver did not answer in time.');
    });
  }

  it('gives up at the deadline on one that does not read the request', async () => {
    receiver = await startRawReceiver((socket) => socket.pause());
    const body = Buffer.alloc(16 * 1024 * 1024);

    const reply = await assertTakes(deadlineMs, () =>
      post(transport, receiver.url, { body, timeoutMs: deadlineMs }),
    );

    assert.equal(reply.outcome, 'timeout');
  });

  const prompt: [string, Outcome, (socket: Socket) => void][] = [
    ['closes without a word', 'connection_reset', (socket) => socket.end()],
    ['resets the connection', 'connection_reset', (socket) => socket.resetAndDestroy()],
    ['closes in its status line', 'connection_reset', (socket) => socket.end('HTTP/1.1 20')],
    ['closes in its headers', 'connection_reset', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le')],
    ['sends garbage', 'protocol_error', (socket) => socket.write('\x00\x01\x02garbage\r\n\r\n')],
    ['speaks HTTP/0.9', 'protocol_error', (socket) => socket.end('<html>hello</html>')],
    ['greets like a mail server', 'protocol_error', (socket) => socket.write('220 mail.example ESMTP\r\n')],
    ['greets like SSH', 'protocol_error', (socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n')],
    [
      'sends 40 KB of headers',
      'protocol_error',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(40_000)}\r\n\r\n`),
    ],
    [
      'sends ten thousand headers',
      'protocol_error',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(10_000)}\r\n`),
    ],
    [
      'gives two lengths',
      'protocol_error',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nokk'),
    ],
    [
      'gives a negative length',
      'protocol_error',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'),
    ],
    [
      'gives a length and chunks',
      'protocol_error',
      (socket) =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
    ],
    [
      'puts a NUL into a header',
      'protocol_error',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nx-a: a\0b\r\n\r\n'),
    ],
    [
      'upgrades the protocol',
      'protocol_error',
      (socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    ],
    [
      'says 101 without an upgrade',
      'protocol_error',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
    ],
    [
      'sends status 000',
      'protocol_error',
      (socket) => socket.write('HTTP/1.1 000 Nothing\r\ncontent-length: 0\r\n\r\n'),
    ],
    [
      'sends a status of four digits',
      'protocol_error',
      (socket) => socket.write('HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n'),
    ],
    [
      'speaks HTTP/2',
      'protocol_error',
      (socket) => socket.write(Buffer.from('00000c0400000000000003000000640004000fffff', 'hex')),
    ],
    [
      'floods with 103 Early Hints',
      'protocol_error',
      (socket) => writeForEver(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(500)),
    ],
    [
      'floods with a reason phrase',
      'protocol_error',
      (socket) => {
        socket.write('HTTP/1.1 200 ');
        writeForEver(socket, 'a'.repeat(65_536));
      },
    ],
    [
      'sends headers without end',
      'protocol_error',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        writeForEver(socket, 'x-a: b\r\n'.repeat(500), 10);
      },
    ],
    ['floods with empty lines', 'protocol_error', (socket) => writeForEver(socket, '\r\n'.repeat(32_768))],
  ];
  for (const [what, outcome, script] of prompt) {
    it(`calls it ${outcome} at once when one ${what}`, async () => {
      const reply = await sendTo(script);

      assert.deepEqual(
        [reply.outcome, reply.status, reply.body.length, reply.truncated],
        [outcome, null, 0, false],
      );
      assert.ok(reply.durationMs < deadlineMs * 0.9, `took ${reply.durationMs} ms`);
      // oxlint-disable-next-line no-control-regex -- Control characters are what this looks for.
      assert.match(reply.error ?? '', /^[^\x00-\x1f\x7f]{10,500}$/);
      assert.doesNotMatch(reply.error ?? '', /127\.0\.0\.1|unknown/);
    });
  }

  const cut: [string, string, (socket: Socket) => void][] = [
    [
      'closes in its body',
      'hel',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhel'),
    ],
    [
      'resets in its body',
      '',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n', () => socket.resetAndDestroy());
      },
    ],
    [
      'breaks its chunks',
      'ab',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n'),
    ],
    [
      'ends amid its chunks',
      'ab',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n'),
    ],
  ];
  for (const [what, body, script] of cut) {
    it(`calls it delivered, with a cut body, when one ${what} after a 200`, async () => {
      const reply = await sendTo(script);

      assert.deepEqual(
        [reply.outcome, reply.status, reply.truncated, reply.error],
        ['delivered', 200, true, null],
      );
      assert.equal(body.startsWith(String(reply.body)), true);
    });
  }

  it('calls it a failure all the same when the body of a 500 is cut', async () => {
    const reply = await sendTo((socket) => socket.end('HTTP/1.1 500 Oh\r\ncontent-length: 100\r\n\r\noops'));

    assert.deepEqual(
      [reply.outcome, reply.status, String(reply.body), reply.truncated],
      ['http_5xx', 500, 'oops', true],
    );
  });

  it('hears some interim replies out, and not many', async () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n';
    let count = 50;
    receiver = await startRawReceiver((socket) => {
      onRequest(socket, () => socket.write(interim.repeat(count) + okReply));
    });

    const some = await post(transport, receiver.url);
    count = 51;
    const many = await post(transport, receiver.url);

    assert.deepEqual(
      [some.outcome, some.headers?.['link'], many.outcome],
      ['delivered', undefined, 'protocol_error'],
    );
  });

  it('does not blame a receiver whose answer came while this process was busy', async () => {
    const busyMs = 300;
    const reply = await sendTo((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n');
      setTimeout(() => socket.write('body'), 100);
      const untilMs = performance.now() + deadlineMs + busyMs;
      while (performance.now() < untilMs) continue;
    });

    assert.deepEqual([reply.outcome, String(reply.body), reply.truncated], ['delivered', 'body', false]);
  });

  it('waits three seconds for a body that drips, and no longer', async () => {
    const reply = await assertTakes(3000, () =>
      sendTo((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nfirst');
        writeForEver(socket, '.', 100);
      }),
    );

    assert.deepEqual(
      [reply.outcome, reply.truncated, String(reply.body.subarray(0, 5))],
      ['delivered', true, 'first'],
    );
  });

  it('stops reading a body without end, and holds little of it', async () => {
    const before = process.memoryUsage();
    const reply = await sendTo((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      writeForEver(socket, Buffer.alloc(65_536, 'x'));
    });
    const after = process.memoryUsage();

    assert.deepEqual([reply.outcome, reply.body.length, reply.truncated], ['delivered', 16_384, true]);
    assert.ok(reply.durationMs < 1000);
    assert.ok(after.external + after.heapUsed - before.external - before.heapUsed < 8 * 1024 * 1024);
  });

  it('stops reading chunks that are all framing', async () => {
    const reply = await sendTo((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;');
      writeForEver(socket, 'a'.repeat(65_536));
    });

    assert.deepEqual([reply.outcome, reply.body.length, reply.truncated], ['delivered', 0, true]);
    assert.ok(reply.durationMs < 1000);
  });

  it('keeps the raw beginning of a gzip bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const reply = await sendTo((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    });

    assert.deepEqual(
      [reply.outcome, reply.truncated, reply.body.equals(bomb.subarray(0, 16_384))],
      ['delivered', true, true],
    );
  });

  it('keeps a body of single bytes as cheaply as one in a piece', async () => {
    const reply = await sendTo((socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(16_384)}0\r\n\r\n`,
      );
    });

    assert.deepEqual(
      [reply.outcome, String(reply.body), reply.truncated],
      ['delivered', 'x'.repeat(16_384), false],
    );
  });

  it('says connection_refused where nobody listens', async () => {
    receiver = await startRawReceiver(() => undefined);
    await receiver.close();

    const reply = await post(transport, receiver.url);

    assert.deepEqual(
      [reply.outcome, reply.error],
      ['connection_refused', 'No connection to the receiver could be opened (ECONNREFUSED).'],
    );
    receiver = await startRawReceiver((socket) => socket.end(okReply));
  });

  it('uses no connection again on which anything went wrong', async () => {
    let requests = 0;
    receiver = await startRawReceiver((socket) => {
      onRequest(socket, () => {
        requests += 1;
        socket.write(
          requests === 1
            ? 'HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n' + 'x'.repeat(100_000)
            : okReply,
        );
      });
    });

    const first = await post(transport, receiver.url);
    const second = await post(transport, receiver.url);

    assert.deepEqual([first.truncated, second.truncated, String(second.body)], [true, false, 'ok']);
    assert.ok(first.durationMs < 1000, 'what is not kept is not waited for');
    assert.equal(receiver.connections(), 2);
  });
});
