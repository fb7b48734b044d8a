import assert from 'node:assert/strict';
import type { Socket } from 'node:net';

import type { SmtpReply } from '#activities/transports/smtp/smtp-transport.ts';

import { makeCertificate } from '../../../support/certificates.ts';
import { assertTakes } from '../../../support/http-sending.ts';
import { type MailServer, type MailServerFaults, startMailServer } from '../../../support/mail-server.ts';
import { makeMailTransport, makePlainTransport, sendMail } from '../../../support/mail-sending.ts';
import { type RawReceiver, startRawReceiver } from '../../../support/raw-receiver.ts';

const never = (): void => undefined;

describe('the SMTP transport, of failures', () => {
  let server: MailServer | RawReceiver;

  afterEach(() => server.close());

  async function failWith(faults: MailServerFaults): Promise<MailServer> {
    const mailServer = await startMailServer(faults);
    server = mailServer;
    return mailServer;
  }

  function assertPutOff(reply: SmtpReply, outcome: string): void {
    assert.equal(reply.outcome, outcome, String(reply.error));
    assert.deepEqual(
      Object.values(reply.recipients).map(({ state }) => state),
      ['deferred', 'deferred'],
    );
  }

  const hangs: readonly [stage: string, faults: MailServerFaults][] = [
    ['the greeting', { server: { onConnect: never } }],
    ['the sender', { server: { onMailFrom: never } }],
    ['the first recipient', { onRcpt: never }],
    ['the second recipient', { onRcpt: (address, done) => void (address.startsWith('ann') && done()) }],
    ['the data', { onMail: never }],
    ['the sign-in', { server: { onAuth: never } }],
  ];
  for (const [stage, faults] of hangs) {
    it(`gives up at the deadline on a server that falls silent at ${stage}`, async () => {
      const { port } = await failWith(faults);
      const transport = makeMailTransport(`smtp://me:secret@127.0.0.1:${port}?tls=optional`);

      const reply = await assertTakes(400, () => sendMail(transport, {}, { timeoutMs: 400 }));

      assertPutOff(reply, 'timeout');
      assert.deepEqual([reply.status, reply.error], [null, 'The receiver did not answer in time.']);
      assert.deepEqual(transport.counts(), { idle: 0, inUse: 0 });
      await transport.close();
    });
  }

  for (const [stage, replies] of [
    ['EHLO', ['220 hi']],
    ['STARTTLS', ['220 hi', '250 STARTTLS']],
    ['the handshake', ['220 hi', '250 STARTTLS', '220 go']],
  ] as const) {
    it(`gives up at the deadline on a server that falls silent at ${stage}`, async () => {
      server = await startRawReceiver((socket) => speak(socket, replies));
      const transport = makeMailTransport(`smtp://127.0.0.1:${server.port}`);

      const reply = await assertTakes(400, () => sendMail(transport, {}, { timeoutMs: 400 }));

      assertPutOff(reply, 'timeout');
      await transport.close();
    });
  }

  it('gives up at the deadline on a resolver that is silent', async () => {
    server = await startRawReceiver(never);
    const lookup = () => new Promise<never>(never);
    const transport = makeMailTransport('smtp://mail.example', { lookup });

    const reply = await assertTakes(300, () => sendMail(transport, {}, { timeoutMs: 300 }));

    assertPutOff(reply, 'timeout');
    await transport.close();
  });

  it('passes on no control characters of a reply, only its lines', async () => {
    const said = '550-\u001b[31m\r\n550-No\u0007\u009b \t\u202eway\r\n550 \0out';
    server = await startRawReceiver((socket) => speak(socket, ['220 hi', '250 me', '250 ok', said]));
    const transport = makePlainTransport(server);

    const reply = await sendMail(transport, { recipients: ['ann@example.org'] });

    assert.equal(reply.recipients['ann@example.org']?.reply, '550- [31m 550-No way 550 out');
    assert.equal(String(reply.body), 'ann@example.org: 550- [31m\n550-No way\n550 out\n');
    await transport.close();
  });

  it('keeps what a server said of one address before it fell silent', async () => {
    const refused = Object.assign(new Error('No such user'), { responseCode: 550 });
    await failWith({
      onRcpt: (address, done) => done(address.startsWith('ann') ? refused : undefined),
      onMail: never,
    });
    const transport = makePlainTransport(server);

    const reply = await sendMail(transport, {}, { timeoutMs: 400 });

    assert.equal(reply.error, 'The receiver did not answer in time (for 1 of 2 addresses).');
    assert.deepEqual(reply.recipients, {
      'ann@example.org': { state: 'refused', status: 550, reply: '550 No such user' },
      'bob@example.org': { state: 'deferred', status: null, reply: 'The receiver did not answer in time.' },
    });
    await transport.close();
  });

  it('sends the same bytes again when the connection fails after the data', async () => {
    const mailServer = await failWith({
      onMail: (_mail, done) => (mailServer.mails.length === 1 ? mailServer.disconnect('reset') : done()),
    });
    const transport = makePlainTransport(mailServer);

    const first = await sendMail(transport);
    const second = await sendMail(transport, {}, { settled: first.recipients });

    assertPutOff(first, 'connection_reset');
    assert.equal(second.outcome, 'delivered');
    const [before, after] = mailServer.mails;
    assert.deepEqual(after?.raw, before?.raw);
    assert.match(String(after?.raw), /^Message-ID: <push-1@holdfast\.example>\r$/m);
    await transport.close();
  });

  it('tells a server that is not there from one that hangs up', async () => {
    server = await startRawReceiver((socket) => socket.end());
    const transport = makePlainTransport(server);

    const hungUp = await sendMail(transport);
    await server.close();
    const gone = await sendMail(transport);

    assertPutOff(hungUp, 'connection_reset');
    assertPutOff(gone, 'connection_refused');
    assert.equal(gone.error, 'No connection to the receiver could be opened (ECONNREFUSED).');
    await transport.close();
    server = await startRawReceiver(never);
  });

  for (const [what, replies, outcome, status] of [
    ['greets with a refusal', ['554 Not you'], 'smtp_4xx', 554],
    ['greets and says it is busy', ['421 Busy'], 'smtp_4xx', 421],
    ['speaks something else', ['HTTP/1.1 400 Bad Request'], 'protocol_error', null],
    ['knows neither EHLO nor HELO', ['220 hi', '502 What?', '502 What?'], 'smtp_4xx', 502],
    ['answers the sender with nonsense', ['220 hi', '250 me', 'nonsense'], 'protocol_error', null],
    ['wants data before it has a sender', ['220 hi', '250 me', '354 go'], 'protocol_error', 354],
    ['breaks off in a refusal', ['220 hi', '250 me', '-550 No'], 'smtp_4xx', 550],
    ['closes with a 421', ['220 hi', '250 me', '421 Bye'], 'smtp_4xx', 421],
  ] as const) {
    it(`puts the mail off when the server ${what}`, async () => {
      server = await startRawReceiver((socket) => speak(socket, replies));
      const transport = makePlainTransport(server);

      const reply = await sendMail(transport);

      assertPutOff(reply, outcome);
      assert.equal(reply.status, status);
      await transport.close();
    });
  }

  it('reads no reply that does not come to its end', async () => {
    server = await startRawReceiver((socket) => {
      const drip = (): boolean => socket.write('220-more and more\r\n'.repeat(1000));
      socket.on('drain', drip);
      drip();
      drip();
      drip();
      drip();
    });
    const transport = makePlainTransport(server);

    const reply = await sendMail(transport);

    assertPutOff(reply, 'protocol_error');
    await transport.close();
  });

  it('puts the mail off when the TLS handshake breaks', async () => {
    const replies = ['220 hi', '250 STARTTLS', '220 go', '-'];
    server = await startRawReceiver((socket) => speak(socket, replies));
    const transport = makeMailTransport(`smtp://127.0.0.1:${server.port}`);

    const reply = await sendMail(transport);

    assertPutOff(reply, 'tls_error');
    await transport.close();
  });

  it('stops with the reason of the signal, at each stage, and leaves no connection', async () => {
    const reason = new Error('The worker stops');
    const stages: readonly MailServerFaults[] = [
      { server: { onConnect: never } },
      { onRcpt: never },
      { onMail: never },
    ];
    for (const stage of stages) {
      const controller = new AbortController();
      const { promise, resolve } = Promise.withResolvers<void>();
      const mailServer = await failWith({
        ...(stage.server === undefined ? {} : { server: { onConnect: () => resolve() } }),
        ...(stage.onRcpt === undefined ? {} : { onRcpt: () => resolve() }),
        ...(stage.onMail === undefined ? {} : { onMail: () => resolve() }),
      });
      const transport = makePlainTransport(mailServer);

      const sending = sendMail(transport, {}, { signal: controller.signal });
      await promise;
      controller.abort(reason);

      await assert.rejects(sending, (error) => error === reason);
      assert.deepEqual(transport.counts(), { idle: 0, inUse: 0 });
      await assert.rejects(
        sendMail(transport, {}, { signal: controller.signal }),
        (error) => error === reason,
      );
      await transport.close();
      if (stage !== stages.at(-1)) await mailServer.close();
    }
  });

  it('throws what is a fault of ours', async () => {
    await failWith({ server: makeCertificate(['localhost']) });
    const transport = makePlainTransport(server);

    await assert.rejects(
      sendMail(transport, { date: 'yesterday' }),
      /The date of a mail cannot be read: yesterday/,
    );
    await assert.rejects(sendMail(transport, { recipients: [] }), /A mail needs a recipient/);
    await transport.close();
    await assert.rejects(sendMail(transport), /The SMTP transport is closed/);
  });
});

/** Says one of the replies for each line that comes, the first unasked; then nothing. `-` closes, after its text. */
function speak(socket: Socket, replies: readonly string[]): void {
  let next = 0;
  const answer = (): void => {
    const reply = replies[next];
    next += 1;
    if (reply?.startsWith('-') === true) socket.end(reply.slice(1));
    else if (reply !== undefined) socket.write(`${reply}\r\n`);
  };
  answer();
  socket.on('data', answer);
}
