import assert from 'node:assert/strict';

import type { SmtpReply } from '#activities/transports/smtp/smtp-transport.ts';

import {
  type MailServer,
  type MailServerFaults,
  refusal,
  startMailServer,
} from '../../../support/mail-server.ts';
import { makePlainTransport, sendMail } from '../../../support/mail-sending.ts';

const ann = 'ann@example.org';
const bob = 'bob@example.org';

describe('the SMTP transport, of recipients', () => {
  let server: MailServer;

  afterEach(() => server.close());

  /** Sends the same mail so many times, each with the standings that the one before gave. */
  async function sendTimes(times: number, faults: MailServerFaults): Promise<SmtpReply[]> {
    server = await startMailServer(faults);
    const transport = makePlainTransport(server);
    const replies: SmtpReply[] = [];
    for (let n = 0; n < times; n += 1) {
      replies.push(await sendMail(transport, {}, { settled: replies.at(-1)?.recipients ?? {} }));
    }
    await transport.close();
    return replies;
  }

  function statesOf(reply: SmtpReply | undefined) {
    return Object.entries(reply?.recipients ?? {}).map(([, { state, status }]) => [state, status]);
  }

  for (const hidePIPELINING of [false, true]) {
    const how = hidePIPELINING ? 'command by command' : 'pipelined';

    it(`sends one mail to both addresses, ${how}`, async () => {
      const [reply] = await sendTimes(1, { server: { hidePIPELINING } });

      assert.deepEqual(
        server.mails.map(({ from, to }) => [from, to]),
        [['noreply@holdfast.example', [ann, bob]]],
      );
      assert.deepEqual([reply?.outcome, reply?.status, reply?.error], ['delivered', 250, null]);
      assert.deepEqual(statesOf(reply), [
        ['accepted', 250],
        ['accepted', 250],
      ]);
      assert.match(String(reply?.body), /^ann@example\.org: 250 .+\nbob@example\.org: 250 .+\n$/);
    });

    it(`sends again only to the address that was put off, ${how}`, async () => {
      const seen = new Set<string>();
      const [first, second, third] = await sendTimes(3, {
        server: { hidePIPELINING },
        onRcpt: (address, done) => {
          const greylisted = address === bob && !seen.has(bob);
          seen.add(address);
          done(greylisted ? refusal(450, 'Come back later') : undefined);
        },
      });

      assert.deepEqual(
        server.mails.map(({ to }) => to),
        [[ann], [bob]],
      );
      assert.deepEqual(server.mails[1]?.raw, server.mails[0]?.raw, 'the mail is the same for both');
      assert.deepEqual([first?.outcome, first?.status], ['smtp_4xx', 450]);
      assert.equal(first?.error, 'The mail server put the message off (status 450, for 1 of 2 addresses).');
      assert.deepEqual(first?.recipients[bob], {
        state: 'deferred',
        status: 450,
        reply: '450 Come back later',
      });
      assert.deepEqual([second?.outcome, third?.outcome], ['delivered', 'delivered']);
      assert.deepEqual(third?.recipients, second?.recipients);
      assert.deepEqual(server.asked, [ann, bob, bob], 'nothing is left to send the third time');
    });

    it(`never sends again to an address that was refused, ${how}`, async () => {
      const [first, second] = await sendTimes(2, {
        server: { hidePIPELINING },
        onRcpt: (address, done) => done(address === ann ? refusal(550, 'No such user') : undefined),
      });

      assert.deepEqual(statesOf(first), [
        ['refused', 550],
        ['accepted', 250],
      ]);
      assert.deepEqual([first?.outcome, first?.status], ['smtp_5xx', 550]);
      assert.equal(first?.error, 'The mail server refused the message (status 550, for 1 of 2 addresses).');
      assert.match(String(first?.body), /ann@example\.org: 550 No such user\nbob@example\.org: 250 /);
      assert.deepEqual([second?.outcome, second?.status], ['smtp_5xx', 550]);
      assert.deepEqual(server.asked, [ann, bob]);
    });

    it(`gives each address its own refusal when all are refused, ${how}`, async () => {
      const [reply] = await sendTimes(1, {
        server: { hidePIPELINING },
        onRcpt: (address, done) => done(refusal(address === ann ? 550 : 553, `Not ${address}`)),
      });

      assert.deepEqual(statesOf(reply), [
        ['refused', 550],
        ['refused', 553],
      ]);
      assert.equal(reply?.error, 'The mail server refused the message (status 550).');
      assert.deepEqual(server.mails, []);
    });

    it(`keeps a refusal that came before the mail was put off as a whole, ${how}`, async () => {
      const [first, second] = await sendTimes(2, {
        server: { hidePIPELINING },
        onRcpt: (address, done) => done(address === ann ? refusal(550, 'No such user') : undefined),
        onMail: (_mail, done) => done(server.mails.length === 1 ? refusal(451, 'Disk full') : undefined),
      });

      assert.deepEqual(statesOf(first), [
        ['refused', 550],
        ['deferred', 451],
      ]);
      assert.deepEqual([first?.outcome, first?.status], ['smtp_4xx', 451]);
      assert.deepEqual(statesOf(second), [
        ['refused', 550],
        ['accepted', 250],
      ]);
      assert.deepEqual(server.asked, [ann, bob, bob]);
    });
  }

  it('counts a refusal of the sender or of the data for all addresses', async () => {
    const sender = await sendTimes(1, {
      server: { onMailFrom: (_address, _session, done) => done(refusal(550, 'Not you')) },
    });
    await server.close();
    const data = await sendTimes(1, { onMail: (_mail, done) => done(refusal(554, 'Spam')) });

    for (const [[reply], status] of [[sender, 550] as const, [data, 554] as const]) {
      assert.deepEqual([reply?.outcome, reply?.status], ['smtp_5xx', status]);
      assert.deepEqual(statesOf(reply), [
        ['refused', status],
        ['refused', status],
      ]);
    }
  });

  it('puts a mail off when the server asks for another way of signing in or connecting', async () => {
    for (const status of [503, 530, 534, 535, 538]) {
      const [reply] = await sendTimes(1, {
        server: { onMailFrom: (_address, _session, done) => done(refusal(status, 'Not like this')) },
      });
      await server.close();

      assert.deepEqual([reply?.outcome, reply?.status], ['smtp_4xx', status]);
      assert.deepEqual(reply?.recipients[ann], {
        state: 'deferred',
        status,
        reply: `${status} Not like this`,
      });
    }
  });

  it('refuses by itself what is no address, and shows it to nobody', async () => {
    server = await startMailServer();
    const transport = makePlainTransport(server);
    const bad = [
      '<ann@example.org>',
      'a b@example.org',
      'a@b\r\nRCPT TO:<eve@example.org>',
      'a@',
      '@b',
      'é@b.org',
    ];

    for (const address of [
      ...bad,
      'a\0@b.org',
      'nobody',
      '',
      '"a b"@example.org',
      `${'a'.repeat(65)}@b.org`,
    ]) {
      const reply = await sendMail(transport, { recipients: [address, bob] });

      assert.deepEqual([reply.outcome, reply.status], ['smtp_5xx', null]);
      assert.equal(
        reply.error,
        'The mail server refused the message (not an address that mail can be sent to, for 1 of 2 addresses).',
      );
      assert.deepEqual(
        [reply.recipients[address]?.state, reply.recipients[bob]?.state],
        ['refused', 'accepted'],
      );
    }

    assert.ok(server.asked.every((address) => address === bob));
    assert.ok(server.mails.every(({ raw }) => /^To: bob@example\.org\r$/m.test(raw.toString())));
    await transport.close();
  });

  it('keeps a long reply short in a standing, and whole in the body', async () => {
    const [reply] = await sendTimes(1, {
      onRcpt: (_address, done) => done(refusal(550, `No ${'x'.repeat(5000)} end`)),
    });

    assert.match(reply?.recipients[ann]?.reply ?? '', /^550 No x{493}$/);
    assert.match(String(reply?.body), /x end\nbob/);
  });
});
