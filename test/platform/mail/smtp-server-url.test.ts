import assert from 'node:assert/strict';

import { readMailFrom } from '#platform/mail/mailbox.ts';
import { readSmtpUrl } from '#platform/mail/smtp-server-url.ts';

describe('the URL of the mail server', () => {
  it('names a server that must offer STARTTLS, at the submission port unless told otherwise', () => {
    assert.deepEqual(readSmtpUrl('smtp://Mail.Example.org'), {
      host: 'mail.example.org',
      port: 587,
      secure: false,
      tlsOptional: false,
      credentials: undefined,
    });
    assert.equal(readSmtpUrl('smtp://mail:2525/').port, 2525);
  });

  it('names a server that encrypts from the first byte', () => {
    const { port, secure } = readSmtpUrl('smtps://mail.example.org');

    assert.deepEqual([port, secure], [465, true]);
  });

  it('takes the user and the password out of their percent-encoding', () => {
    const { credentials } = readSmtpUrl('smtp://me%40example.org:p%3Aa%2Fs%23s%25@mail.example.org');

    assert.deepEqual(credentials, { user: 'me@example.org', password: 'p:a/s#s%' });
  });

  it('names a server by its address', () => {
    assert.equal(readSmtpUrl('smtp://[::1]:25').host, '::1');
    assert.equal(readSmtpUrl('smtp://127.1:25').host, '127.0.0.1');
  });

  it('permits sending unencrypted only where it says so', () => {
    assert.equal(readSmtpUrl('smtp://mail?tls=optional').tlsOptional, true);
    assert.equal(readSmtpUrl('smtp://mail/').tlsOptional, false);
  });

  for (const [text, message] of [
    ['', /is not a URL/],
    ['mail.example.org', /is not a URL/],
    ['https://mail.example.org', /must begin with smtp/],
    ['smtp:mail', /must not have a path|must name a host/],
    ['smtp://', /must name a host|is not a URL/],
    ['smtp://user:secret@', /must name a host|is not a URL/],
    ['smtp://a b', /is not a URL|must name a host/],
    ['smtp://mail:0', /the port 0/],
    ['smtp://mail:99999', /is not a URL/],
    ['smtp://mail/inbox', /must not have a path/],
    ['smtp://mail#x', /must not have a # part/],
    ['smtp://user:sec#ret@mail', /# part|is not a URL|must not have a path/],
    ['smtp://mail?tls=no', /only have the parameter tls=optional/],
    ['smtp://mail?tls=optional&pool=1', /only have the parameter tls=optional/],
    ['smtps://mail?tls=optional', /must not make TLS optional/],
    ['smtp://user@mail', /both a user and a password/],
    ['smtp://:secret@mail', /both a user and a password/],
    ['smtp://user:%secret@mail', /not percent-encoded/],
    ['smtp://user:secret%00@mail', /NUL/],
  ] as const) {
    it(`is refused with a reason, and without being quoted: ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => readSmtpUrl(text),
        (error: Error) => {
          assert.match(error.message, message);
          assert.doesNotMatch(`${error.stack}${String(error.cause)}`, /secret/);
          return true;
        },
      );
    });
  }
});

describe('the From address', () => {
  it('is an address with or without a name', () => {
    const address = 'noreply@example.org';

    assert.deepEqual(readMailFrom('noreply@example.org'), { name: '', address });
    assert.deepEqual(readMailFrom('<noreply@example.org>'), { name: '', address });
    assert.deepEqual(readMailFrom(' Holdfast <noreply@example.org> '), { name: 'Holdfast', address });
    assert.deepEqual(readMailFrom('"Hold, fast" <noreply@example.org>'), { name: 'Hold, fast', address });
  });

  it('has its domain in ASCII', () => {
    assert.equal(readMailFrom('noreply@bücher.example').address, 'noreply@xn--bcher-kva.example');
  });

  it('is refused where it is none', () => {
    for (const text of [
      '',
      'noreply',
      'a@b, c@d',
      'a@b <c@d',
      'A <a@b> x',
      'a b@c',
      'é@example.org',
      'a@b c',
    ]) {
      assert.throws(() => readMailFrom(text), /is not a mail address such as/, text);
    }
  });
});
