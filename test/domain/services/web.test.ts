import assert from 'node:assert/strict';
import { readSettings } from '#domain/services/read-settings.ts';
import { web } from '#domain/services/web.ts';

describe('the service web', () => {
  it('takes the settings of GitHub’s web hooks', () => {
    const given = {
      url: 'https://receiver.example/in',
      content_type: 'json',
      secret: 'hush',
      insecure_ssl: '0',
    };

    assert.deepEqual(readSettings(web, given), { settings: { ...given, insecure_ssl: false } });
  });

  it('requires an address that a hook may have', () => {
    for (const [url, message] of [
      [undefined, /required/u],
      ['ftp://receiver.example/', /must begin with https/u],
      ['https://ada:pw@receiver.example/', /user name or password/u],
      ['https://receiver.example:25/', /Port 25/u],
      ['not a url', /white space/u],
    ] as const) {
      const reading = readSettings(web, { url });

      assert.ok('problems' in reading, url);
      assert.equal(reading.problems[0]?.setting, 'url');
      assert.match(reading.problems[0].message, message);
    }
  });

  it('knows two types of content', () => {
    const reading = readSettings(web, { url: 'https://receiver.example/', content_type: 'xml' });

    assert.deepEqual(reading, {
      problems: [{ setting: 'content_type', message: 'This must be one of: json, form' }],
    });
  });

  it('takes secrets to the byte', () => {
    const reading = readSettings(web, { url: 'https://receiver.example/', secret: ' ä  b ' });

    assert.ok('settings' in reading);
    assert.equal(reading.settings['secret'], ' ä  b ');
  });
});
