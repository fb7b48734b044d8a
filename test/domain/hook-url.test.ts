import assert from 'node:assert/strict';

import { checkHookUrl } from '#domain/hook-url.ts';

const anyScheme = { httpsOnly: false };

function messageFor(text: string, rules = anyScheme): string {
  const check = checkHookUrl(text, rules);
  return check.ok ? 'accepted' : check.message;
}

describe('the URL of a hook', () => {
  it('is stored in the spelling that a URL parser gives', () => {
    const check = checkHookUrl('HTTPS://Example.COM:443/a/../b?x=ä#part', anyScheme);

    assert.deepEqual(check, {
      ok: true,
      href: 'https://example.com/b?x=%C3%A4',
      host: 'example.com',
      port: 443,
    });
  });

  it('gives host and port as a connection would use them', () => {
    assert.deepEqual(checkHookUrl('http://[2606:4700::1]:8080/', anyScheme), {
      ok: true,
      href: 'http://[2606:4700::1]:8080/',
      host: '[2606:4700::1]',
      port: 8080,
    });
    assert.deepEqual(checkHookUrl('http://bücher.example', anyScheme), {
      ok: true,
      href: 'http://xn--bcher-kva.example/',
      host: 'xn--bcher-kva.example',
      port: 80,
    });
  });

  it('shows the address behind numbers and foreign digits', () => {
    for (const host of ['2130706433', '0x7f.1', '0177.0.0.1', '127.1', '１２７.０.０.１', '127。0。0。1']) {
      const check = checkHookUrl(`http://${host}/`, anyScheme);

      assert.equal(check.ok && check.host, '127.0.0.1', host);
    }
  });

  it('is http or https, or https alone where the operator says so', () => {
    for (const text of [
      'ftp://example.com/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'data:,x',
      'unix:/run/x',
    ]) {
      assert.match(messageFor(text), /begin with https:\/\/ or http:\/\//, text);
    }
    assert.match(messageFor('http://example.com/', { httpsOnly: true }), /begin with https:\/\/$/);
    assert.equal(messageFor('https://example.com/', { httpsOnly: true }), 'accepted');
  });

  it('holds no user name and no password', () => {
    for (const text of [
      'http://user@example.com/',
      'http://user:word@example.com/',
      'http://:word@example.com/',
    ]) {
      assert.match(messageFor(text), /user name or password/, text);
    }
  });

  it('holds no character that a parser would drop in silence', () => {
    const unseen = [
      '\n',
      '\r',
      '\t',
      '\0',
      ' ',
      '\u00a0',
      '\u200b',
      '\u202e',
      '\u2028',
      '\ufeff',
      '\u007f',
      '\ud800',
    ];
    for (const character of unseen) {
      for (const text of [
        `${character}http://example.com/`,
        `http://exa${character}mple.com/`,
        `http://a.b/${character}`,
      ]) {
        assert.match(messageFor(text), /white space or control/, JSON.stringify(text));
      }
    }
  });

  it('is at most 2048 characters long, as given and as stored', () => {
    const base = 'https://example.com/';

    assert.equal(messageFor(base + 'a'.repeat(2048 - base.length)), 'accepted');
    assert.match(messageFor(base + 'a'.repeat(2049 - base.length)), /longer than 2048/);
    assert.match(messageFor(`${base}${'ä'.repeat(400)}`), /longer than 2048/);
  });

  it('avoids the ports of services that speak other protocols', () => {
    for (const port of [0, 22, 25, 465, 587, 993, 3306, 5432, 6379, 7233, 11211, 27017]) {
      assert.match(messageFor(`http://example.com:${port}/`), new RegExp(`^Port ${port} `), String(port));
    }
    for (const port of [80, 443, 3000, 8080, 8443, 65535]) {
      assert.equal(messageFor(`http://example.com:${port}/`), 'accepted', String(port));
    }
  });

  it('is refused when it is no URL or has no host', () => {
    for (const text of [
      '',
      'example.com',
      '/hooks',
      'http://',
      'http:///',
      'http://a..b/',
      'http://[::1',
      'http://256.1.1.1/',
      'http://a.b:70000/',
      'http://%00/',
      'http://[fe80::1%25eth0]/',
      `http://${'a'.repeat(64)}.example/`,
    ]) {
      assert.notEqual(messageFor(text), 'accepted', text);
    }
  });
});
