import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';

import { createAddressGuard } from '#platform/network/address-guard.ts';

import { hostileAddresses, hostileHosts } from '../../../support/hostile-addresses.ts';
import { makeTransport, post, warmUp } from '../../../support/http-sending.ts';
import { okReply, onRequest, type RawReceiver, startRawReceiver } from '../../../support/raw-receiver.ts';

const netClient = channel('net.client.socket');

describe('the HTTP transport, of addresses', () => {
  let receiver: RawReceiver;
  let socketsMade: number;
  const countSocket = (): void => {
    socketsMade += 1;
  };

  beforeEach(async () => {
    receiver = await startRawReceiver((socket) => {
      onRequest(socket, () => socket.write(okReply));
    });
    socketsMade = 0;
    netClient.subscribe(countSocket);
  });

  afterEach(async () => {
    netClient.unsubscribe(countSocket);
    await receiver.close();
  });

  it('opens no socket for any hostile host, though someone listens there', async () => {
    const asked: string[] = [];
    const transport = makeTransport({
      guard: createAddressGuard({ allow: [] }),
      lookup: async (host) => {
        asked.push(host);
        return ['127.0.0.1'];
      },
    });

    for (const host of hostileHosts) {
      const reply = await post(transport, `http://${host}:${receiver.port}/`);
      assert.equal(reply.outcome, 'blocked_address', host);
      assert.deepEqual([reply.status, reply.headers, reply.body.length], [null, null, 0], host);
    }

    assert.deepEqual([socketsMade, receiver.connections()], [0, 0]);
    assert.ok(
      asked.every((host) => /[a-z]{4}/.test(host)),
      'no resolver is asked for an address',
    );
    assert.ok(asked.length >= 8, 'a resolver is asked for each name');
    await transport.close();
  });

  it('opens no socket for a name that has a hostile address, wherever in the answer', async () => {
    let answer: readonly string[] = [];
    const transport = makeTransport({ guard: createAddressGuard({ allow: [] }), lookup: async () => answer });

    for (const address of hostileAddresses) {
      for (answer of [[address], ['8.8.8.8', address], [address, '2606:4700::1', '8.8.8.8']]) {
        const reply = await post(transport, `http://hook.example:${receiver.port}/`);
        assert.equal(reply.outcome, 'blocked_address', answer.join());
        assert.equal(reply.error, "The receiver's address is not one that deliveries may be sent to.");
      }
    }

    assert.deepEqual([socketsMade, receiver.connections()], [0, 0]);
    await transport.close();
  });

  it('looks again at every connection, so that a name which turns inwards is refused', async () => {
    // The first address stands for a public one; the loopback's other addresses are not allowed.
    let answer = ['127.0.0.1'];
    let asked = 0;
    const transport = makeTransport({
      guard: createAddressGuard({ allow: ['127.0.0.1'] }),
      lookup: async () => {
        asked += 1;
        return answer;
      },
    });
    const url = `http://hook.example:${receiver.port}/`;
    await warmUp(transport, url, { scope: 'one' });
    const before = [asked, socketsMade, receiver.connections()];

    answer = ['127.0.0.2'];
    const kept = await post(transport, url, { scope: 'one' });
    assert.deepEqual([kept.outcome, asked, socketsMade, receiver.connections()], ['delivered', ...before]);
    const fresh = await post(transport, url, { scope: 'two' });

    assert.equal(fresh.outcome, 'blocked_address');
    assert.deepEqual([asked - 1, socketsMade, receiver.connections()], before);
    await transport.close();
  });

  it('resolves a name once for a connection, and connects to that answer', async () => {
    let asked = 0;
    const transport = makeTransport({
      lookup: async () => {
        asked += 1;
        return ['127.0.0.1'];
      },
    });

    const reply = await post(transport, `http://no-such-name.invalid:${receiver.port}/`);

    assert.deepEqual([reply.outcome, asked, socketsMade], ['delivered', 1, 1]);
    assert.ok((reply.timings.dnsMs ?? -1) >= 0);
    await transport.close();
  });

  it('tries the next vetted address when the first does not answer', async () => {
    const transport = makeTransport({ lookup: async () => ['127.0.0.9', '127.0.0.8', '127.0.0.1'] });

    const reply = await post(transport, `http://hook.example:${receiver.port}/`);

    assert.equal(reply.outcome, 'delivered');
    await transport.close();
  });

  it('names none of the addresses that it tried in vain', async () => {
    const transport = makeTransport({ lookup: async () => ['127.0.0.9', '127.0.0.8'] });

    const reply = await post(transport, `http://hook.example:${receiver.port}/`);

    assert.deepEqual(
      [reply.outcome, reply.error],
      ['connection_refused', 'No connection to the receiver could be opened (ECONNREFUSED).'],
    );
    await transport.close();
  });

  it('reaches what the operator allowed by address and by name, and no metadata service', async () => {
    const guard = createAddressGuard({ allow: ['127.0.0.1', 'backend'] });
    const answers: Record<string, string[]> = { backend: ['127.0.0.1'], cloud: ['169.254.169.254'] };
    const transport = makeTransport({ guard, lookup: async (host) => answers[host] ?? [] });

    const outcomes: string[] = [];
    for (const host of [
      '127.0.0.1',
      '[::ffff:127.0.0.1]',
      'backend',
      'cloud',
      '169.254.169.254',
      '127.0.0.2',
    ]) {
      outcomes.push((await post(transport, `http://${host}:${receiver.port}/`)).outcome);
    }

    assert.deepEqual(outcomes, [
      'delivered',
      'delivered',
      'delivered',
      'blocked_address',
      'blocked_address',
      'blocked_address',
    ]);
    await transport.close();
  });

  it('fails closed when a name cannot be resolved', async () => {
    const failures: [() => Promise<readonly string[]>, string][] = [
      [
        () => Promise.reject(Object.assign(new Error('queryA ENOTFOUND x'), { code: 'ENOTFOUND' })),
        'ENOTFOUND',
      ],
      [() => Promise.reject(Object.assign(new Error('x'), { code: 'ESERVFAIL' })), 'ESERVFAIL'],
      [() => Promise.resolve([]), 'ENODATA'],
    ];
    for (const [lookup, code] of failures) {
      const transport = makeTransport({ lookup });
      const reply = await post(transport, `http://hook.example:${receiver.port}/`);

      assert.deepEqual(
        [reply.outcome, reply.error],
        ['dns_error', `The receiver's host name could not be resolved (${code}).`],
      );
      await transport.close();
    }
    assert.equal(socketsMade, 0);
  });

  it('does not wait for a resolver past the deadline', async () => {
    const transport = makeTransport({ lookup: () => new Promise(() => undefined) });

    const reply = await post(transport, `http://hook.example:${receiver.port}/`, { timeoutMs: 200 });

    assert.equal(reply.outcome, 'timeout');
    assert.deepEqual([socketsMade, transport.counts().inUse], [0, 0]);
    await transport.close();
  });

  it('ignores the proxies of the environment', async () => {
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY'];
    const before = names.map((name) => [name, process.env[name]] as const);
    for (const name of names) process.env[name] = 'http://127.0.0.1:9';
    try {
      const transport = makeTransport();
      assert.equal((await post(transport, receiver.url)).outcome, 'delivered');
      await transport.close();
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
});
