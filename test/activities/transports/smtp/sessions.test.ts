import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';

import { assertTakes } from '../../../support/http-sending.ts';
import { eventually } from '../../../support/eventually.ts';
import { type MailServer, refusal, startMailServer } from '../../../support/mail-server.ts';
import { makePlainTransport, sendMail } from '../../../support/mail-sending.ts';
import { startRawReceiver } from '../../../support/raw-receiver.ts';

describe('the SMTP transport, of connections', () => {
  let server: MailServer;

  afterEach(() => server.close());

  function sendMany(transport: ReturnType<typeof makePlainTransport>, count: number) {
    return Promise.all(
      Array.from({ length: count }, (_, n) => sendMail(transport, { messageId: `push-${n}` })),
    );
  }

  function closed(what: string): Promise<true> {
    return eventually(what, async () => (server.open() === 0 ? true : undefined));
  }

  it('sends mail after mail over one connection, refused ones among them', async () => {
    server = await startMailServer({
      onRcpt: (address, done) => done(address.startsWith('no') ? refusal(550, 'No') : undefined),
      onMail: ({ raw }, done) => done(raw.includes('spam') ? refusal(554, 'Spam') : undefined),
    });
    const transport = makePlainTransport(server);

    const outcomes: string[] = [];
    for (const message of [{}, { recipients: ['no@example.org'] }, {}, { text: 'spam' }, {}]) {
      outcomes.push((await sendMail(transport, message)).outcome);
    }

    assert.deepEqual(outcomes, ['delivered', 'smtp_5xx', 'delivered', 'smtp_5xx', 'delivered']);
    assert.equal(server.connections(), 1);
    assert.deepEqual(transport.counts(), { idle: 1, inUse: 0 });
    await transport.close();
  });

  it('sends many mails at once over few connections, each of them once', async () => {
    server = await startMailServer();
    const transport = makePlainTransport(server, { maxConnections: 3 });

    const replies = await sendMany(transport, 60);

    assert.ok(replies.every(({ outcome }) => outcome === 'delivered'));
    const ids = server.mails.map(({ raw }) => /^Message-ID: (.*)\r$/m.exec(raw.toString())?.[1]);
    assert.equal(new Set(ids).size, 60);
    assert.deepEqual([server.mails.length, server.connections()], [60, 3]);
    await transport.close();
  });

  it('takes another connection after a hundred mails', async () => {
    server = await startMailServer();
    const transport = makePlainTransport(server, { maxConnections: 1 });

    await sendMany(transport, 100);
    assert.equal(server.connections(), 1);
    await sendMail(transport);

    assert.equal(server.connections(), 2);
    await transport.close();
  });

  for (const how of ['end', 'reset'] as const) {
    it(`loses no mail when the server has closed the idle connection (${how})`, async () => {
      server = await startMailServer();
      const transport = makePlainTransport(server);
      await sendMail(transport);

      server.disconnect(how);
      const reply = await sendMail(transport);

      assert.equal(reply.outcome, 'delivered', String(reply.error));
      assert.deepEqual([server.mails.length, server.connections()], [2, 2]);
      await transport.close();
    });
  }

  it('loses no mail when the server has gone silent on the idle connection', async function () {
    this.timeout(10_000);
    server = await startMailServer();
    const sockets: Socket[] = [];
    const mute = await startRawReceiver((socket) => {
      sockets.push(socket);
      speakUntilIdle(socket, sockets.length > 1);
    });
    const transport = makePlainTransport(mute);
    assert.equal((await sendMail(transport)).outcome, 'delivered');

    const reply = await sendMail(transport);

    assert.equal(reply.outcome, 'delivered', String(reply.error));
    assert.equal(mute.connections(), 2);
    await transport.close();
    await mute.close();
  });

  it('ends an idle connection after a while, with a QUIT', async () => {
    server = await startMailServer();
    const transport = makePlainTransport(server, { idleMs: 50 });
    await sendMail(transport);

    await closed('the idle connection is closed');

    assert.deepEqual(transport.counts(), { idle: 0, inUse: 0 });
    assert.equal((await sendMail(transport)).outcome, 'delivered');
    assert.equal(server.connections(), 2);
    await transport.close();
  });

  it('lets the deadline of one mail harm no other', async () => {
    const slowCame = Promise.withResolvers<() => void>();
    server = await startMailServer({
      onMail: ({ raw }, done) => {
        if (raw.includes('slow')) slowCame.resolve(done);
        else if (!raw.includes('hang')) done();
      },
    });
    const transport = makePlainTransport(server, { maxConnections: 2 });
    const slow = sendMail(transport, { text: 'slow' });
    const goOn = await slowCame.promise;

    const [hung, next] = await Promise.all([
      sendMail(transport, { text: 'hang' }, { timeoutMs: 400 }),
      sendMail(transport),
    ]);
    goOn();

    assert.deepEqual(
      [hung.outcome, next.outcome, (await slow).outcome],
      ['timeout', 'delivered', 'delivered'],
    );
    await transport.close();
  });

  it('gives up at the deadline when no connection becomes free', async () => {
    const hanging = Promise.withResolvers<() => void>();
    server = await startMailServer({ onMail: (_mail, done) => hanging.resolve(done) });
    const transport = makePlainTransport(server, { maxConnections: 1 });
    const first = sendMail(transport);
    const goOn = await hanging.promise;

    const second = await assertTakes(300, () => sendMail(transport, {}, { timeoutMs: 300 }));
    goOn();

    assert.equal(second.error, 'The receiver did not answer in time (no connection became free).');
    assert.equal((await first).outcome, 'delivered');
    await transport.close();
  });

  it('waits for the mails under way when it closes, and leaves nothing open', async () => {
    const hanging = Promise.withResolvers<() => void>();
    server = await startMailServer({
      onMail: ({ raw }, done) => (raw.includes('slow') ? hanging.resolve(done) : done()),
    });
    const transport = makePlainTransport(server);
    await Promise.all([sendMail(transport), sendMail(transport)]);
    const slow = sendMail(transport, { text: 'slow' });
    const goOn = await hanging.promise;

    const closing = transport.close();
    goOn();
    await closing;

    assert.equal((await slow).outcome, 'delivered');
    assert.deepEqual(transport.counts(), { idle: 0, inUse: 0 });
    await closed('every connection is closed');
  });

  it('waits no longer than a moment for a server that does not answer a QUIT', async () => {
    server = await startMailServer();
    const mute = await startRawReceiver((socket) => speakUntilIdle(socket, false));
    const transport = makePlainTransport(mute);
    await sendMail(transport);

    await assertTakes(1000, () => transport.close());

    await mute.close();
  });
});

/** Speaks SMTP for one mail, or for as many as come; after the one it says nothing more and does not close. */
function speakUntilIdle(socket: Socket, forEver: boolean): void {
  let pending = '';
  let inData = false;
  let mute = false;
  socket.write('220 hi\r\n');
  socket.on('data', (chunk: Buffer) => {
    pending += chunk.toString('latin1');
    for (let end = pending.indexOf('\r\n'); end !== -1; end = pending.indexOf('\r\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 2);
      if (mute || (inData && line !== '.')) continue;
      mute = inData && !forEver;
      inData = line === 'DATA';
      socket.write(inData ? '354 go on\r\n' : '250 fine\r\n');
    }
  });
  void once(socket, 'end').then(() => socket.end());
}
