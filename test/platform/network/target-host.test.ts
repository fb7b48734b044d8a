import assert from 'node:assert/strict';

import { checkHookUrl } from '#domain/hook-url.ts';
import { createAddressGuard } from '#platform/network/address-guard.ts';
import { checkTargetHost } from '#platform/network/target-host.ts';

import { hostileHosts, malformedHosts } from '../../support/hostile-addresses.ts';

const guard = createAddressGuard({ allow: [] });

describe('the host of a new hook', () => {
  it('is tried with far more than fifty-five hostile forms', () => {
    assert.ok(hostileHosts.length >= 120);
    assert.equal(new Set(hostileHosts).size, hostileHosts.length);
  });

  for (const host of hostileHosts) {
    it(`is refused as ${host}`, () => {
      const url = checkHookUrl(`http://${host}:8080/`, { httpsOnly: false });

      assert.equal(url.ok, true);
      assert.equal(checkTargetHost(guard, url.ok ? url.host : '').ok, false);
      assert.equal(checkTargetHost(guard, host).ok, false, 'and as it was typed');
    });
  }

  for (const host of malformedHosts) {
    it(`is refused as the malformed ${JSON.stringify(host)}`, () => {
      assert.equal(checkHookUrl(`http://${host}/`, { httpsOnly: false }).ok, false);
      assert.equal(checkTargetHost(guard, host).ok, false);
    });
  }

  it('is refused with a sentence that names no address', () => {
    const check = checkTargetHost(guard, '2130706433');

    assert.equal(!check.ok && /\d/.test(check.message), false);
  });

  it('may be any other name, which the guard judges when it is sent to', () => {
    for (const host of [
      'example.com',
      'xn--bcher-kva.example',
      'backend',
      'localhost.example.com',
      'mylocalhost',
      '8.8.8.8',
      '[2606:4700::1]',
      '[::ffff:8.8.8.8]',
    ]) {
      assert.deepEqual(checkTargetHost(guard, host), { ok: true }, host);
    }
  });

  it('may be what the operator allowed', () => {
    const byName = createAddressGuard({ allow: ['localhost'] });
    const byRange = createAddressGuard({ allow: ['127.0.0.0/8'] });

    assert.equal(checkTargetHost(byName, 'LOCALHOST.').ok, true);
    assert.equal(checkTargetHost(byName, 'api.localhost').ok, false);
    assert.equal(checkTargetHost(byName, '127.0.0.1').ok, false);
    assert.equal(checkTargetHost(byRange, 'localhost').ok, true);
    assert.equal(checkTargetHost(byRange, '0x7f.1').ok, true);
    assert.equal(checkTargetHost(byRange, '[::1]').ok, false);
  });

  it('is never a metadata service, allowed or not', () => {
    const open = createAddressGuard({ allow: ['0.0.0.0/0', '::/0', 'metadata.google.internal'] });

    for (const host of [
      '169.254.169.254',
      '[::ffff:169.254.169.254]',
      '[fd00:ec2::254]',
      'metadata.google.internal',
    ]) {
      assert.equal(checkTargetHost(open, host).ok, false, host);
    }
  });
});
