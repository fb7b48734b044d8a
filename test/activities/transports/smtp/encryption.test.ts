import assert from 'node:assert/strict';

import type { SmtpTransportOptions } from '#activities/transports/smtp/smtp-transport.ts';
import { createAddressGuard } from '#platform/network/address-guard.ts';

import { makeCertificate } from '../../../support/certificates.ts';
import { type MailServer, refusal, startMailServer } from '../../../support/mail-server.ts';
import { makeMailTransport, makePlainTransport, sendMail } from '../../../support/mail-sending.ts';

describe('the SMTP transport, of encryption and signing in', () => {
  const certificate = makeCertificate(['localhost', '127.0.0.1']);
  const trusting = { authorities: [certificate.cert] };
  let server: MailServer;

  afterEach(() => server.close());

  async function sendOnce(url: string, options: Partial<SmtpTransportOptions> = {}, approved?: string) {
    const transport = makeMailTransport(url.replace('PORT', String(server.port)), options);
    const reply = await sendMail(transport, approved === undefined ? {} : { approved });
    await transport.close();
    return reply;
  }

  it('sends nothing to a server that offers no STARTTLS', async () => {
    server = await startMailServer();

    const reply = await sendOnce('smtp://localhost:PORT');

    assert.deepEqual([reply.outcome, reply.status], ['tls_error', 500]);
    assert.equal(
      reply.error,
      'No secure connection to the receiver could be made (status 500, STARTTLS was refused).',
    );
    assert.equal(reply.recipients['ann@example.org']?.state, 'deferred');
    assert.deepEqual([server.asked, server.connections()], [[], 1]);
  });

  it('sends unencrypted to such a server where the operator allows it', async () => {
    server = await startMailServer();

    const reply = await sendOnce('smtp://localhost:PORT?tls=optional');

    assert.equal(reply.outcome, 'delivered');
    assert.equal(server.mails[0]?.encrypted, false);
  });

  it('uses STARTTLS where it is offered, required or not', async () => {
    server = await startMailServer({ server: certificate });

    for (const host of ['localhost:PORT', 'localhost:PORT?tls=optional', '127.0.0.1:PORT']) {
      assert.equal((await sendOnce(`smtp://${host}`, trusting)).outcome, 'delivered', host);
    }

    assert.deepEqual(
      server.mails.map(({ encrypted }) => encrypted),
      [true, true, true],
    );
  });

  it('encrypts from the first byte with smtps', async () => {
    server = await startMailServer({ server: { ...certificate, secure: true } });

    const reply = await sendOnce('smtps://localhost:PORT', trusting);

    assert.equal(reply.outcome, 'delivered');
    assert.equal(server.mails[0]?.encrypted, true);
  });

  it('refuses a certificate that nobody vouches for, or for another host, though TLS is optional', async () => {
    server = await startMailServer({ server: certificate });
    const unknown = await sendOnce('smtp://localhost:PORT?tls=optional');
    const elsewhere = await sendOnce('smtp://mail.example:PORT?tls=optional', trusting);
    await server.close();
    server = await startMailServer({ server: { ...certificate, secure: true } });
    const fromTheStart = await sendOnce('smtps://localhost:PORT');

    assert.deepEqual(
      [unknown.error, elsewhere.error, fromTheStart.error],
      ['DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'DEPTH_ZERO_SELF_SIGNED_CERT'].map(
        (code) => `No secure connection to the receiver could be made (${code}).`,
      ),
    );
    assert.deepEqual(server.asked, []);
  });

  it('is not undone by the environment', async () => {
    server = await startMailServer({ server: certificate });
    const emitWarning = process.emitWarning.bind(process);
    process.emitWarning = () => undefined; // Node warns, and rightly; here it would only be noise.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      assert.equal((await sendOnce('smtp://localhost:PORT')).outcome, 'tls_error');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      process.emitWarning = emitWarning;
    }
  });

  for (const method of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
    it(`signs in by ${method}`, async () => {
      server = await startMailServer({
        server: {
          ...certificate,
          authMethods: [method],
          onAuth: (auth, _session, done) => {
            const { username, password } = auth;
            const right = password === undefined ? auth.validatePassword('pä:ss') : password === 'pä:ss';
            done(null, right ? { user: username } : undefined);
          },
        },
      });

      const reply = await sendOnce('smtp://me:p%C3%A4%3Ass@localhost:PORT', trusting);

      assert.equal(reply.outcome, 'delivered', String(reply.error));
      assert.equal(server.mails[0]?.user, 'me');
    });
  }

  it('puts a mail off when signing in is refused, for it is not to blame', async () => {
    server = await startMailServer({
      server: {
        ...certificate,
        onAuth: (_auth, _session, done) => done(refusal(535, 'Wrong password hunter2')),
      },
    });

    const reply = await sendOnce('smtp://me:hunter2@localhost:PORT', trusting);

    assert.deepEqual([reply.outcome, reply.status], ['smtp_4xx', 535]);
    assert.equal(reply.error, 'The mail server put the message off (status 535, signing in was refused).');
    assert.equal(reply.recipients['ann@example.org']?.state, 'deferred');
    assert.deepEqual(server.asked, []);
  });

  it('repeats no secret that the server repeats', async () => {
    const encoded = Buffer.from('\0postmaster\0hunter2').toString('base64');
    server = await startMailServer({
      onRcpt: (address, done) => done(refusal(550, `${address} ${encoded} approved?`)),
    });
    const refused = await sendOnce('smtp://postmaster:hunter2@localhost:PORT?tls=optional', {}, 'approved?');
    await server.close();
    server = await startMailServer({
      onMail: ({ raw }, done) => done(refusal(451, `hunter2 ${/Approved: .*/.exec(raw.toString())?.[0]}`)),
    });
    const putOff = await sendOnce(
      'smtp://postmaster:hunter2@localhost:PORT?tls=optional',
      {},
      's3cret\r\nX: y',
    );

    assert.match(JSON.stringify(refused.recipients), /550 ann@example.org \*{8} \*{8}/);
    assert.match(JSON.stringify(putOff.recipients), /451 \*{8} Approved: \*{8}/);
    for (const reply of [refused, putOff]) {
      const told = JSON.stringify(reply) + String(reply.body);
      assert.doesNotMatch(told, /hunter2|approved\?|s3cret/);
      assert.ok(!told.includes(encoded));
    }
  });

  it('opens no connection to an address that the guard does not permit, whatever the operator named', async () => {
    server = await startMailServer();
    const guard = createAddressGuard({ allow: ['mail.example'] });
    const named = { guard, lookup: async () => ['127.0.0.1'] };
    const metadata = { guard, lookup: async () => ['127.0.0.1', '169.254.169.254'] };

    const loopback = await sendOnce('smtp://127.0.0.1:PORT?tls=optional', { guard });
    const rebound = await sendOnce('smtp://mail.example:PORT?tls=optional', metadata);

    assert.deepEqual([loopback.outcome, rebound.outcome], ['blocked_address', 'blocked_address']);
    assert.equal(loopback.recipients['ann@example.org']?.state, 'deferred');
    assert.equal(server.connections(), 0);
    assert.equal((await sendOnce('smtp://mail.example:PORT?tls=optional', named)).outcome, 'delivered');
  });

  it('blames the resolver for a name without an address', async () => {
    server = await startMailServer();
    const lookup = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
    const transport = makePlainTransport(server, { lookup });
    await transport.close();

    const reply = await sendOnce('smtp://mail.example:PORT', { lookup });

    assert.deepEqual([reply.outcome, server.connections()], ['dns_error', 0]);
  });
});
