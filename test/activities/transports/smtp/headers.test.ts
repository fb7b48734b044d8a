import assert from 'node:assert/strict';

import * as fc from 'fast-check';
import { type ParsedMail, simpleParser } from 'mailparser';

import type { SmtpTransport } from '#activities/transports/smtp/smtp-transport.ts';
import type { MailMessage } from '#domain/services/service.ts';
import { readMailbox } from '#platform/mail/mailbox.ts';

import { type MailServer, startMailServer } from '../../../support/mail-server.ts';
import { makePlainTransport, sendMail } from '../../../support/mail-sending.ts';

const standardHeaders = [
  'auto-submitted',
  'content-transfer-encoding',
  'content-type',
  'date',
  'from',
  'in-reply-to',
  'message-id',
  'mime-version',
  'references',
  'subject',
  'to',
];

describe('the SMTP transport, of what a mail looks like', () => {
  let server: MailServer;
  let transport: SmtpTransport;

  before(async () => {
    server = await startMailServer();
    transport = makePlainTransport(server);
  });

  after(async () => {
    await transport.close();
    await server.close();
  });

  /** Sends a mail and gives what arrived. */
  async function arrive(message: Partial<MailMessage>): Promise<ParsedMail & { readonly source: string }> {
    const reply = await sendMail(transport, message);
    assert.equal(reply.outcome, 'delivered', String(reply.error));
    const raw = server.mails.at(-1)?.raw ?? Buffer.alloc(0);
    return Object.assign(await simpleParser(raw), { source: raw.toString('latin1') });
  }

  function linesNamed({ headerLines }: ParsedMail): readonly string[] {
    return headerLines.map(({ key }) => key).sort();
  }

  it('has the headers it should have, and no others', async () => {
    const mail = await arrive({
      subject: '[octo/demo] abc1234: Grüße, "Welt"',
      text: 'Zeile – eins\n.\nzwei',
    });

    assert.deepEqual(linesNamed(mail), standardHeaders);
    assert.equal(mail.from?.text, '"Holdfast" <noreply@holdfast.example>');
    assert.deepEqual([mail.to].flat()[0]?.text, 'ann@example.org, bob@example.org');
    assert.equal(mail.subject, '[octo/demo] abc1234: Grüße, "Welt"');
    assert.equal(mail.date?.toISOString(), '2026-01-02T03:04:05.000Z');
    assert.equal(mail.messageId, '<push-1@holdfast.example>');
    assert.deepEqual(
      [mail.inReplyTo, mail.references],
      ['<thread-1@holdfast.example>', '<thread-1@holdfast.example>'],
    );
    assert.equal(mail.headers.get('auto-submitted'), 'auto-generated');
    assert.deepEqual(mail.headers.get('content-type'), { value: 'text/plain', params: { charset: 'utf-8' } });
    assert.equal(mail.text?.trimEnd(), 'Zeile – eins\n.\nzwei');
  });

  it("shows the sender's name beside the operator's address, and their own for replies", async () => {
    const mail = await arrive({ senderName: 'Jö "the" Doe, Jr.', replyTo: 'jo@example.net' });

    assert.deepEqual(mail.from?.value, [{ name: 'Jö "the" Doe, Jr.', address: 'noreply@holdfast.example' }]);
    assert.deepEqual(mail.replyTo?.value, [{ name: '', address: 'jo@example.net' }]);
  });

  it('leaves out an address for replies that is none', async () => {
    for (const replyTo of ['nobody', 'a@b\r\nBcc: eve@example.org', 'a@b, c@d', 'a@b> <c@d', '']) {
      const mail = await arrive({ replyTo });

      assert.deepEqual(linesNamed(mail), standardHeaders, replyTo);
    }
  });

  it('refers to no other mail in the first of a thread', async () => {
    const mail = await arrive({ messageId: 'thread-1', threadId: 'thread-1' });

    assert.deepEqual(
      [mail.messageId, mail.inReplyTo, mail.references],
      ['<thread-1@holdfast.example>', undefined, undefined],
    );
  });

  it('carries the approval as it is', async () => {
    const mail = await arrive({ approved: 'hunter2  =?x \\"' });

    assert.equal(mail.headers.get('approved'), 'hunter2  =?x \\"');
    assert.match(mail.source, /^Approved: hunter2 {2}=\?x \\"\r$/m);
  });

  it('has the same bytes every time', async () => {
    const message = { subject: 'Grüße', senderName: 'Jö', approved: 'secret', text: 'ü\n'.repeat(1000) };

    const first = await arrive(message);
    const second = await arrive(message);

    assert.equal(second.source, first.source);
  });

  it('keeps text whole, whatever its lines look like', async () => {
    const text = fc.stringMatching(/^[ .=\t\nA-Fé-]{0,200}$/);

    await fc.assert(
      fc.asyncProperty(text, async (written) => {
        const mail = await arrive({ text: `>${written}<` });

        assert.equal(mail.text?.trimEnd(), `>${written}<`);
        for (const line of mail.source.split('\r\n')) assert.ok(line.length <= 998 && !/[\r\n]/.test(line));
      }),
      { numRuns: 100 },
    );
  });

  it('lets no text end or add a header line, or end the mail', async () => {
    const nasty = fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        '\0',
        '\r\n\r\n',
        '\r\n.\r\n',
        '\u2028',
        '\u0085',
        '\u202e',
        '\ud800',
      ),
      fc.constantFrom(
        'Bcc: eve@example.org',
        '<',
        '>',
        '"',
        '\\',
        ',',
        ';',
        ':',
        '@',
        '=?utf-8?Q?=0D=0ABcc:=20x?=',
      ),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    const text = fc.array(nasty, { maxLength: 8 }).map((parts) => parts.join(''));
    const visible = text.map((part) => `x${part}x`);

    await fc.assert(
      fc.asyncProperty(
        fc.record({
          subject: visible,
          senderName: visible,
          approved: visible,
          messageId: text,
          threadId: text,
          text,
        }),
        async (message) => {
          const threaded = { ...message, threadId: `${message.threadId}-` };
          const mails = server.mails.length;

          const mail = await arrive({ ...threaded, replyTo: message.subject });

          assert.equal(server.mails.length, mails + 1);
          // Some texts happen to be an address that can be replied to.
          const answerable = readMailbox(message.subject) === undefined ? [] : ['reply-to'];
          assert.deepEqual(linesNamed(mail), ['approved', ...standardHeaders, ...answerable].sort());
          assert.deepEqual(mail.from?.value[0]?.address, 'noreply@holdfast.example');
          assert.equal(mail.from.value.length, 1);
          assert.match(mail.messageId ?? '', /^<[\w.-]+@holdfast\.example>$/);
          assert.match(mail.subject ?? '', /^x.*x$/u);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('lets no address carry a command or a header', async () => {
    const nasty = fc
      .array(
        fc.oneof(fc.constantFrom('\r\n', '<', '>', ' ', '\0', '@', ',', '"'), fc.string({ maxLength: 10 })),
      )
      .map((parts) => `${parts.join('')}@example.org`);
    const asked = server.asked.length;

    await fc.assert(
      fc.asyncProperty(nasty, async (address) => {
        const reply = await sendMail(transport, { recipients: [address, 'bob@example.org'] });

        assert.equal(reply.recipients['bob@example.org']?.state, 'accepted');
        const raw = server.mails.at(-1)?.raw ?? Buffer.alloc(0);
        assert.deepEqual(linesNamed(await simpleParser(raw)), standardHeaders);
      }),
      { numRuns: 100 },
    );

    assert.ok(server.asked.slice(asked).every((address) => /^[^\s<>@,"]+@example\.org$/.test(address)));
  });
});
