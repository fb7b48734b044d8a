import assert from 'node:assert/strict';
import { email } from '#domain/services/email.ts';
import { readSettings } from '#domain/services/read-settings.ts';
import type { MailMessage, ServiceEvent, Settings } from '#domain/services/service.ts';
import { makeCommit, makeEvent, makePush, noCommit } from './sample-events.ts';

const address = 'dev@example.org';

function mail(event: ServiceEvent, settings: Settings = { address }): MailMessage {
  const message = email.compose(event, settings);
  assert.equal(message.transport, 'smtp');
  return message;
}

function problemsOf(given: string): readonly string[] {
  const reading = readSettings(email, { address: given });
  return 'problems' in reading ? reading.problems.map(({ message }) => message) : [];
}

describe('the service email', () => {
  it('mails a push with everything of its commits', () => {
    const message = mail(makePush([makeCommit('a', 'First\r\n\r\n  more'), makeCommit('b', 'Second')]));

    assert.equal(message.subject, '[acme/site] bbbbbbb: Second');
    assert.equal(
      message.text,
      [
        'Branch: refs/heads/main',
        'Home:   https://git.example/acme/site',
        'Change: https://git.example/acme/site/compare/f...e',
        'Pushed: 2 commits by ada',
        '',
        `Commit: ${'a'.repeat(40)}`,
        `        https://git.example/acme/site/commit/${'a'.repeat(40)}`,
        'Author: Ada Lovelace <ada@example.org>',
        'Date:   2026-11-22T09:59:00Z',
        '',
        '    First',
        '',
        '      more',
        '',
        'Changed paths:',
        '  A new.txt',
        '  M README.md',
        '  R old.txt',
        '',
        `Commit: ${'b'.repeat(40)}`,
        `        https://git.example/acme/site/commit/${'b'.repeat(40)}`,
        'Author: Ada Lovelace <ada@example.org>',
        'Date:   2026-11-22T09:59:00Z',
        '',
        '    Second',
        '',
        'Changed paths:',
        '  A new.txt',
        '  M README.md',
        '  R old.txt',
        '',
      ].join('\n'),
    );
  });

  it('has a subject for a push without commits', () => {
    const subjects = [
      makePush([], { after: noCommit }),
      makePush([], { before: noCommit, ref: 'refs/tags/v1' }),
      makePush([]),
      makePush([{ ...makeCommit('a', ' ') }]),
    ].map((event) => mail(event).subject);

    assert.deepEqual(subjects, [
      '[acme/site] branch main deleted',
      '[acme/site] tag v1 created',
      '[acme/site] branch main updated',
      '[acme/site] aaaaaaa: 1 commit to main',
    ]);
  });

  it('mails that a repository became public', () => {
    const message = mail(makeEvent('public'));

    assert.equal(message.subject, '[acme/site] is now public');
    assert.equal(message.text, 'acme/site was made public by ada.\nHome:   https://git.example/acme/site\n');
  });

  it('mails nothing else', () => {
    for (const name of ['issues', 'ping', 'constructor']) {
      assert.equal(email.compose(makeEvent(name), { address }).transport, 'none', name);
    }
  });

  it('is one mail for two addresses', () => {
    assert.deepEqual(mail(makePush([]), { address: `${address} ops@example.org` }).recipients, [
      address,
      'ops@example.org',
    ]);
    assert.deepEqual(mail(makePush([]), { address: `${address} ${address}` }).recipients, [address]);
  });

  it('comes from the operator and without approval unless told otherwise', () => {
    const message = mail(makePush([makeCommit('a', 'x')]));

    assert.deepEqual(
      [message.senderName, message.replyTo, message.approved],
      [undefined, undefined, undefined],
    );
  });

  it('shows the author and sends replies to them when told so', () => {
    const settings = { address, send_from_author: true, secret: 'hush' };
    const nameless = { ...makeCommit('a', 'x'), author: { name: 'A\r\nBcc: x@example.org', email: 'a b@c' } };

    const message = mail(makePush([makeCommit('a', 'x')]), settings);
    const hostile = mail(makePush([nameless]), settings);

    assert.deepEqual(
      [message.senderName, message.replyTo, message.approved],
      ['Ada Lovelace', 'ada@example.org', 'hush'],
    );
    assert.deepEqual([hostile.senderName, hostile.replyTo], ['A Bcc: x@example.org', undefined]);
  });

  it('is known by its delivery, and by its branch as a thread', () => {
    const first = mail(makePush([makeCommit('a', 'x')]));
    const second = mail({ ...makePush([makeCommit('b', 'y')]), deliveryId: 'other' });
    const elsewhere = mail(makePush([], { ref: 'refs/heads/ma/in' }));

    assert.equal(first.messageId, '0198d0a2-7c1e-7b3a-9d55-0123456789ab');
    assert.equal(first.date, '2026-11-22T10:00:00.000Z');
    assert.equal(first.threadId, second.threadId);
    assert.notEqual(first.threadId, elsewhere.threadId);
    assert.notEqual(first.messageId, second.messageId);
  });

  it('stays within its bounds and says how much it leaves out', () => {
    const many = mail(makePush(Array.from({ length: 250 }, () => makeCommit('a', 'x'))));
    const long = mail(makePush(Array.from({ length: 100 }, () => makeCommit('a', 'ä'.repeat(50_000)))));

    assert.match(many.text, /\n… and 50 more commits\n$/u);
    assert.match(long.text, /\n… and \d+ more commits\n$/u);
    assert.ok(Buffer.byteLength(long.text) <= 256 * 1024);
    assert.match(long.text, /Changed paths/u);
    assert.ok(long.subject.length <= 200);
  });

  it('names a hundred paths of a commit that were added, and as many of the others', () => {
    const added = Array.from({ length: 150 }, (_, index) => `path\n${index}`);

    const { text } = mail(makePush([{ ...makeCommit('a', 'x'), added }]));

    assert.equal(text.match(/^ {2}A path \d+$/gmu)?.length, 100);
    assert.match(text, /^ {2}M README\.md$/mu);
  });

  it('takes one or two addresses that mail can be sent to', () => {
    for (const given of [
      address,
      ` a+b@x.example\n  o'neil@example.org `,
      'root@localhost',
      `${'x'.repeat(64)}@a.b`,
    ]) {
      assert.deepEqual(problemsOf(given), [], given);
    }
    assert.deepEqual(problemsOf('a@b.c d@e.f g@h.i'), ['At most 2 addresses may be given']);
    for (const given of [
      'dev',
      '@example.org',
      'dev@',
      'a@b@c.d',
      '.a@b.c',
      'a..b@c.d',
      'a@b..c',
      'a@-b.c',
      '<a@b.c>',
      'a@[127.0.0.1]',
      '"a b"@c.d',
      'a@b.c,d@e.f',
      'ä@b.c',
      'a\0@b.c',
      `${'x'.repeat(65)}@a.b`,
      `a@${'x.'.repeat(127)}y`,
    ]) {
      assert.equal(problemsOf(given).length, 1, given);
    }
  });
});
