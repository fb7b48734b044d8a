import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TlsOptions } from 'node:tls';

import { assertTakes, makeTransport, post, warmUp } from '../../../support/http-sending.ts';
import { makeCertificate, type TestCertificate } from '../../../support/certificates.ts';
import { okReply, onRequest, type RawReceiver, startRawReceiver } from '../../../support/raw-receiver.ts';

const toLoopback = { lookup: async () => ['127.0.0.1'] };

describe('the HTTP transport, of TLS', () => {
  let receiver: RawReceiver;
  let requests: number;

  beforeEach(() => {
    requests = 0;
  });

  afterEach(() => receiver.close());

  async function receiveWith(options: TlsOptions): Promise<void> {
    receiver = await startRawReceiver((socket) => {
      onRequest(socket, () => {
        requests += 1;
        socket.write(okReply);
      });
    }, options);
  }

  function trusting({ cert }: TestCertificate) {
    return makeTransport({ ...toLoopback, authorities: [cert] });
  }

  it('delivers over a verified connection, and keeps it', async () => {
    const certificate = makeCertificate(['localhost']);
    await receiveWith(certificate);
    const transport = trusting(certificate);

    const first = await post(transport, receiver.url);
    await warmUp(transport, receiver.url);
    const connections = receiver.connections();
    const second = await post(transport, receiver.url);

    assert.deepEqual(
      [first.outcome, second.outcome, receiver.connections()],
      ['delivered', 'delivered', connections],
    );
    assert.ok((first.timings.tlsMs ?? 0) > 0);
    assert.equal(second.timings.tlsMs, null);
    await transport.close();
  });

  it('verifies the address itself where the URL has one', async () => {
    const certificate = makeCertificate(['127.0.0.1']);
    await receiveWith(certificate);
    const transport = trusting(certificate);

    const right = await post(transport, `https://127.0.0.1:${receiver.port}/`);
    const wrong = await post(transport, receiver.url);

    assert.deepEqual([right.outcome, wrong.outcome], ['delivered', 'tls_error']);
    await transport.close();
  });

  it('refuses a certificate that nobody vouches for, each time, unless the hook asks for it', async () => {
    await receiveWith(makeCertificate(['localhost']));
    const transport = makeTransport(toLoopback);

    for (let n = 0; n < 3; n += 1) {
      const reply = await post(transport, receiver.url);
      assert.deepEqual(
        [reply.outcome, reply.error],
        ['tls_error', 'No secure connection to the receiver could be made (DEPTH_ZERO_SELF_SIGNED_CERT).'],
      );
    }
    assert.equal(requests, 0);

    assert.equal((await post(transport, receiver.url, { insecureTls: true })).outcome, 'delivered');
    assert.equal(
      (await post(transport, receiver.url)).outcome,
      'tls_error',
      'an unverified connection serves none that wants it verified',
    );
    assert.equal(requests, 1);
    await transport.close();
  });

  it('refuses an expired certificate', async () => {
    const certificate = makeCertificate(['localhost'], {
      from: new Date('2020-01-01'),
      to: new Date('2021-01-01'),
    });
    await receiveWith(certificate);
    const transport = trusting(certificate);

    const reply = await post(transport, receiver.url);

    assert.deepEqual(
      [reply.outcome, reply.error],
      ['tls_error', 'No secure connection to the receiver could be made (CERT_HAS_EXPIRED).'],
    );
    await transport.close();
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`refuses a certificate for another host over ${version}, the second time too`, async () => {
      const certificate = makeCertificate(['other.example']);
      await receiveWith({ ...certificate, minVersion: version, maxVersion: version });
      const transport = trusting(certificate);

      for (let n = 0; n < 3; n += 1) {
        const reply = await post(transport, receiver.url);
        assert.deepEqual(
          [reply.outcome, reply.error],
          ['tls_error', 'No secure connection to the receiver could be made (ERR_TLS_CERT_ALTNAME_INVALID).'],
        );
      }
      assert.equal(requests, 0);
      await transport.close();
    });
  }

  it('speaks no TLS older than 1.2', async () => {
    const certificate = makeCertificate(['localhost']);
    await receiveWith({
      ...certificate,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const transport = trusting(certificate);

    assert.equal((await post(transport, receiver.url)).outcome, 'tls_error');
    assert.equal((await post(transport, receiver.url, { insecureTls: true })).outcome, 'tls_error');
    assert.equal(requests, 0);
    await transport.close();
  });

  it('is not undone by the environment', async () => {
    await receiveWith(makeCertificate(['localhost']));
    const transport = makeTransport(toLoopback);
    const emitWarning = process.emitWarning.bind(process);
    process.emitWarning = () => undefined; // Node warns, and rightly; here it would only be noise.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      assert.equal((await post(transport, receiver.url)).outcome, 'tls_error');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      process.emitWarning = emitWarning;
    }
    await transport.close();
  });

  it('blames TLS when the other side speaks something else, closes or resets in the handshake', async () => {
    const transport = makeTransport(toLoopback);
    const scripts: Parameters<typeof startRawReceiver>[0][] = [
      (socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
      (socket) => socket.once('data', () => socket.end()),
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
    ];
    for (const script of scripts) {
      receiver = await startRawReceiver(script);
      const reply = await post(transport, `https://localhost:${receiver.port}/`);
      assert.equal(reply.outcome, 'tls_error');
      await receiver.close();
    }
    receiver = await startRawReceiver(() => undefined);
    await transport.close();
  });

  it('gives up at the deadline on a handshake that stalls', async () => {
    receiver = await startRawReceiver((socket) => socket.resume());
    const transport = makeTransport(toLoopback);

    const reply = await assertTakes(500, () =>
      post(transport, `https://localhost:${receiver.port}/`, { timeoutMs: 500 }),
    );

    assert.equal(reply.outcome, 'timeout');
    const givenUpMs = performance.now();
    while (receiver.open() > 0) await nextTurn();
    assert.ok(performance.now() - givenUpMs < 1000, 'the socket goes with the attempt');
    await transport.close();
  });
});
