import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { assertTakes, makeTransport, post, warmUp } from '../../../support/http-sending.ts';
import {
  okReply,
  onRequest,
  type RawReceiver,
  startRawReceiver,
  startScriptedReceiver,
} from '../../../support/raw-receiver.ts';

/** Waits, in turns of the event loop, until something is so. Mocha's own limit ends the wait. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await nextTurn();
}

describe('the HTTP transport, of connections', () => {
  const receivers: RawReceiver[] = [];

  afterEach(async () => {
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
  });

  async function receive(script: (socket: Socket) => void): Promise<RawReceiver> {
    const receiver = await startRawReceiver(script);
    receivers.push(receiver);
    return receiver;
  }

  it('are kept and used again', async () => {
    const transport = makeTransport();
    const receiver = await receive((socket) => onRequest(socket, () => socket.write(okReply)));

    await warmUp(transport, receiver.url);
    const connections = receiver.connections();
    for (let n = 0; n < 20; n += 1) await post(transport, receiver.url);

    assert.equal(receiver.connections(), connections);
    assert.deepEqual([transport.counts().targets, transport.counts().inUse], [1, 0]);
    await transport.close();
  });

  it('are not shared between scopes', async () => {
    const transport = makeTransport();
    const receiver = await receive((socket) => onRequest(socket, () => socket.write(okReply)));

    await warmUp(transport, receiver.url, { scope: 'a' });
    const connections = receiver.connections();
    const ofAnother = await post(transport, receiver.url, { scope: 'b' });
    const ofTheSame = await post(transport, receiver.url, { scope: 'a' });

    assert.deepEqual([ofAnother.timings.connectMs === null, ofTheSame.timings.connectMs], [false, null]);
    assert.equal(receiver.connections(), connections + 1);
    await transport.close();
  });

  it('are not used again when the receiver wants them closed', async () => {
    const transport = makeTransport();
    const receiver = await receive((socket) => {
      onRequest(socket, () =>
        socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'),
      );
    });

    for (let n = 0; n < 3; n += 1) assert.equal((await post(transport, receiver.url)).outcome, 'delivered');

    assert.deepEqual([receiver.connections(), transport.counts()], [3, { targets: 0, idle: 0, inUse: 0 }]);
    await transport.close();
  });

  it('that the receiver closes after each reply, without a word, cost no delivery', async () => {
    const transport = makeTransport();
    const receiver = await receive((socket) => onRequest(socket, () => socket.end(okReply)));

    for (let n = 0; n < 50; n += 1) assert.equal((await post(transport, receiver.url)).outcome, 'delivered');

    assert.equal(receiver.connections(), 50);
    await transport.close();
  });

  it('are given up when the receiver closes them, and the next request gets a new one', async () => {
    const transport = makeTransport();
    let last: Socket | undefined;
    const receiver = await receive((socket) => {
      last = socket;
      onRequest(socket, () => socket.write(okReply));
    });

    await post(transport, receiver.url);
    last?.end();
    await until(() => transport.counts().idle === 0);

    assert.equal((await post(transport, receiver.url)).outcome, 'delivered');
    assert.equal(receiver.connections(), 2);
    await transport.close();
  });

  // A reply that no request asked for, with or after the real one, on connections that are known to be kept.
  const unsolicited: [string, boolean, (socket: Socket, forged: string) => void][] = [
    ['in the same packet', false, (socket, forged) => socket.write(okReply + forged)],
    ['in the next packet', true, (socket, forged) => socket.write(okReply, () => socket.write(forged))],
    [
      'a turn later',
      true,
      (socket, forged) => socket.write(okReply, () => setImmediate(() => socket.write(forged))),
    ],
    ['in part', false, (socket, forged) => socket.write(okReply + forged.slice(0, 12))],
  ];
  for (const [when, arrivesLater, write] of unsolicited) {
    it(`never credit a reply sent unasked, ${when}, to the next delivery`, async () => {
      const transport = makeTransport();
      const forged = 'HTTP/1.1 200 OK\r\nx-forged: yes\r\ncontent-length: 6\r\n\r\nforged';
      let lastAsked = '';
      const receiver = await receive((socket) => {
        onRequest(socket, (text) => {
          lastAsked = /x-n: (\d+)/.exec(text)?.[1] ?? '';
          if (text.includes('x-forge: yes')) write(socket, forged);
          else socket.write(okReply);
        });
      });

      for (let n = 0; n < 10; n += 1) {
        await warmUp(transport, receiver.url);
        const connections = receiver.connections();
        const real = await post(transport, receiver.url, { headers: { 'x-forge': 'yes' } });
        assert.deepEqual(
          [real.outcome, real.headers?.['x-forged'], receiver.connections()],
          ['delivered', undefined, connections],
        );
        // Bytes that are still on their way when the next request is written cannot be told from its answer.
        const { idle } = transport.counts();
        if (arrivesLater) await until(() => transport.counts().idle < idle);

        const next = await post(transport, receiver.url, { headers: { 'x-n': String(n) } });

        assert.deepEqual(
          [next.outcome, next.headers?.['x-forged'], lastAsked],
          ['delivered', undefined, String(n)],
        );
      }
      await transport.close();
    });
  }

  it('carry one request at a time, no more of them than are allowed', async () => {
    const transport = makeTransport({ maxSocketsPerOrigin: 4 });
    let mostOnOne = 0;
    const batches: number[] = [];
    let held: Socket[] = [];
    const receiver = await receive((socket) => {
      let pending = 0;
      onRequest(socket, () => {
        pending += 1;
        mostOnOne = Math.max(mostOnOne, pending);
        held.push(socket);
        setImmediate(() => {
          pending -= 1;
          if (held.length < 4) return;
          batches.push(held.length);
          for (const each of held) each.write(okReply);
          held = [];
        });
      });
    });

    const replies = await Promise.all(Array.from({ length: 200 }, () => post(transport, receiver.url)));

    assert.ok(replies.every((reply) => reply.outcome === 'delivered'));
    assert.deepEqual([mostOnOne, new Set(batches)], [1, new Set([4])]);
    await transport.close();
  });

  it('are waited for no longer than the deadline, and lost ones come back', async () => {
    const transport = makeTransport({ maxSocketsPerOrigin: 1 });
    const receiver = await receive((socket) =>
      onRequest(socket, (text) => {
        if (text.includes('x-answer: yes')) socket.write(okReply);
      }),
    );

    const hanging = post(transport, receiver.url, { timeoutMs: 600 });
    const waiting = await assertTakes(300, () => post(transport, receiver.url, { timeoutMs: 300 }));
    const after = post(transport, receiver.url, { headers: { 'x-answer': 'yes' } });

    assert.deepEqual(
      [waiting.outcome, waiting.error],
      ['timeout', 'The receiver did not answer in time (no connection became free).'],
    );
    assert.equal((await hanging).outcome, 'timeout');
    assert.equal((await after).outcome, 'delivered');
    assert.equal(receiver.connections(), 2);
    await transport.close();
  });

  it('of one receiver that hangs do not hold up another', async () => {
    const transport = makeTransport({ maxSocketsPerOrigin: 2 });
    const hanging = await receive(() => undefined);
    const healthy = await receive((socket) => onRequest(socket, () => socket.write(okReply)));

    const lost = Array.from({ length: 20 }, () => post(transport, hanging.url, { timeoutMs: 500 }));
    const replies = await Promise.all(Array.from({ length: 20 }, () => post(transport, healthy.url)));

    assert.ok(replies.every((reply) => reply.outcome === 'delivered' && reply.durationMs < 400));
    assert.ok((await Promise.all(lost)).every((reply) => reply.outcome === 'timeout'));
    await transport.close();
  });

  it('that are idle are bounded over all origins, the longest unused going first', async () => {
    const transport = makeTransport({ maxIdleConnections: 5 });
    const some = await Promise.all(Array.from({ length: 12 }, () => startScriptedReceiver(okReply)));
    receivers.push(...some);

    for (const receiver of some) {
      await post(transport, receiver.url);
      assert.ok(transport.counts().idle <= 5);
    }
    await until(() => some.reduce((sum, receiver) => sum + receiver.open(), 0) === 5);

    assert.deepEqual(transport.counts(), { targets: 5, idle: 5, inUse: 0 });
    assert.deepEqual(
      some.map((receiver) => receiver.open()),
      [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
    );
    await transport.close();
  });

  it('that stay idle are let go, however patient the receiver, and nothing of their origin stays', async () => {
    const transport = makeTransport();
    const patient = 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=600\r\ncontent-length: 0\r\n\r\n';
    const receiver = await receive((socket) => onRequest(socket, () => socket.write(patient)));

    await post(transport, receiver.url);
    const waitedMs = performance.now();
    await until(() => receiver.open() === 0);

    assert.ok(performance.now() - waitedMs < 2500);
    assert.deepEqual(transport.counts(), { targets: 0, idle: 0, inUse: 0 });
    await transport.close();
  });

  it('end with the signal, at once, whether sending or waiting', async () => {
    const transport = makeTransport({ maxSocketsPerOrigin: 1 });
    const receiver = await receive(() => undefined);
    const stop = new AbortController();
    const sending = [1, 2].map(() => post(transport, receiver.url, { signal: stop.signal }));
    await until(() => receiver.connections() === 1);

    stop.abort(new Error('stopping'));

    for (const each of sending) await assert.rejects(each, { message: 'stopping' });
    await assert.rejects(post(transport, receiver.url, { signal: stop.signal }), { message: 'stopping' });
    assert.deepEqual([transport.counts(), receiver.connections()], [{ targets: 0, idle: 0, inUse: 0 }, 1]);
    await transport.close();
  });

  it('give what is known when the signal comes after the status', async () => {
    const transport = makeTransport();
    const stop = new AbortController();
    const onHeaders = (): void => void setImmediate(() => stop.abort());
    const receiver = await receive((socket) => {
      onRequest(socket, () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
    });
    subscribe('undici:request:headers', onHeaders);

    const reply = await post(transport, receiver.url, { signal: stop.signal });

    unsubscribe('undici:request:headers', onHeaders);
    assert.deepEqual([reply.outcome, reply.truncated], ['delivered', true]);
    await transport.close();
  });

  it('are closed with the transport, after the requests under way', async () => {
    const transport = makeTransport();
    const answer = Promise.withResolvers<Socket>();
    const receiver = await receive((socket) => onRequest(socket, () => answer.resolve(socket)));
    const sending = post(transport, receiver.url);
    const socket = await answer.promise;

    const closing = transport.close();
    socket.write(okReply);
    const [reply] = await Promise.all([sending, closing, once(socket, 'close')]);

    assert.equal(reply.outcome, 'delivered');
    assert.deepEqual(transport.counts(), { targets: 0, idle: 0, inUse: 0 });
    await assert.rejects(post(transport, receiver.url), { message: 'The HTTP transport is closed' });
  });
});
