import assert from 'node:assert/strict';
import { SocketAddress } from 'node:net';
import * as fc from 'fast-check';
import { createAllowList } from '#receiver/allow-list.ts';
import { clientAddress } from '#receiver/client-address.ts';

const v4Text = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
const v6Text = (value: bigint): string =>
  Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16)).join(
    ':',
  );
const v4 = fc.nat(0xffffffff);
const v6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).filter((value) => value >> 32n !== 0xffffn);

describe('createAllowList', () => {
  it('has exactly the IPv4 addresses that share the prefix', () => {
    fc.assert(
      fc.property(v4, fc.nat(32), v4, fc.nat(32), (base, prefix, other, near) => {
        const list = createAllowList([`${v4Text(base)}/${prefix}`]);
        const neighbour = near === 32 ? base : (base ^ (1 << near)) >>> 0;
        for (const address of [base, other, neighbour]) {
          const shares = prefix === 0 || (address ^ base) >>> (32 - prefix) === 0;
          assert.equal(list.has(v4Text(address)), shares);
          assert.equal(list.has(`::ffff:${v4Text(address)}`), shares);
        }
      }),
    );
  });

  it('has exactly the IPv6 addresses that share the prefix', () => {
    fc.assert(
      fc.property(v6, fc.nat(128), v6, fc.nat(127), (base, prefix, other, near) => {
        const list = createAllowList([`${v6Text(base)}/${prefix}`]);
        for (const address of [base, other, base ^ (1n << BigInt(near))]) {
          if (address >> 32n === 0xffffn) continue;
          const shares = (address ^ base) >> BigInt(128 - prefix) === 0n;
          assert.equal(list.has(v6Text(address)), shares);
          assert.equal(list.has(v6Text(address).toUpperCase()), shares);
        }
      }),
    );
  });

  it('keeps the families apart', () => {
    assert.equal(createAllowList(['::/0']).has('192.0.2.1'), false);
    assert.equal(createAllowList(['::/0']).has('::ffff:192.0.2.1'), false);
    assert.equal(createAllowList(['0.0.0.0/0']).has('2001:db8::1'), false);
    assert.equal(createAllowList(['0.0.0.0/0']).has('::ffff:192.0.2.1'), true);
    assert.equal(createAllowList(['1.2.3.4']).has('102:304::'), false);
  });

  it('knows an IPv4 client in every spelling of its IPv6 disguise', () => {
    const list = createAllowList(['192.0.2.0/24']);
    const spellings = ['::ffff:192.0.2.7', '::FFFF:192.0.2.7', '::ffff:c000:207', '0:0:0:0:0:ffff:c000:0207'];

    for (const spelling of spellings) assert.equal(list.has(spelling), true, spelling);
    assert.equal(list.has('::ffff:192.0.3.7'), false);
    assert.equal(list.has('::192.0.2.7'), false);
    assert.equal(list.has('64:ff9b::192.0.2.7'), false);
  });

  it('takes a range that is written in that disguise for the IPv4 range', () => {
    const list = createAllowList(['::ffff:192.0.2.0/120']);

    assert.equal(list.has('192.0.2.7'), true);
    assert.equal(list.has('192.0.3.7'), false);
  });

  it('has single addresses, several ranges, and ranges whose host bits are set', () => {
    const list = createAllowList(['192.0.2.1', '2001:db8::1', ' 198.51.100.77/24 ']);

    for (const address of ['192.0.2.1', '2001:db8::1', '198.51.100.1']) assert.equal(list.has(address), true);
    for (const address of ['192.0.2.2', '2001:db8::2', '198.51.101.1'])
      assert.equal(list.has(address), false);
  });

  it('has nobody when it is empty', () => {
    const list = createAllowList([]);

    for (const address of ['127.0.0.1', '::1', '0.0.0.0', '::']) assert.equal(list.has(address), false);
  });

  it('has nothing that is no address', () => {
    const list = createAllowList(['0.0.0.0/0', '::/0']);
    const texts = [
      undefined,
      '',
      'localhost',
      '010.0.0.1',
      '0x7f.1',
      '2130706433',
      '127.1',
      '1.2.3.4 ',
      '1.2.3.4:80',
    ];

    for (const text of [...texts, '[::1]', '::1]', ':::', '1.2.3.4/32']) {
      assert.equal(list.has(text), false, text);
    }
    fc.assert(fc.property(fc.string(), (text) => typeof list.has(text) === 'boolean'));
  });

  it('looks past the zone of a link-local address', () => {
    assert.equal(createAllowList(['fe80::/10']).has('fe80::1%eth0'), true);
  });

  it('refuses ranges that are none, by name', () => {
    const entries = [
      '',
      'localhost',
      '192.0.2.0/33',
      '192.0.2.0/',
      '192.0.2.0/-1',
      '192.0.2.0/08',
      '192.0.2.0/2.5',
    ];

    for (const entry of [
      ...entries,
      '2001:db8::/129',
      '192.0.2.0/24/24',
      'fe80::1%eth0',
      '192.0.2',
      '::ffff:0.0.0.0/95',
    ]) {
      assert.throws(
        () => createAllowList(['192.0.2.1', entry]),
        (error: unknown) => error instanceof TypeError && error.message.endsWith(`: ${entry}`),
        entry,
      );
    }
  });
});

describe('clientAddress', () => {
  const trustedProxies = createAllowList(['10.0.0.0/8', '2001:db8:1::/48']);
  const from = (
    remoteAddress: string | undefined,
    forwarded?: string | readonly string[],
  ): string | undefined =>
    clientAddress(
      { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } },
      { trustedProxies },
    );

  it('is the peer when the peer is no trusted proxy, whatever the header says', () => {
    assert.equal(from('203.0.113.9'), '203.0.113.9');
    assert.equal(from('203.0.113.9', '192.0.2.1'), '203.0.113.9');
    assert.equal(from('203.0.113.9', '192.0.2.1, 10.0.0.1'), '203.0.113.9');
  });

  it('is what the trusted proxy appended, not what the client wrote before', () => {
    assert.equal(from('10.0.0.1', '203.0.113.9'), '203.0.113.9');
    assert.equal(from('10.0.0.1', '192.0.2.1, 203.0.113.9'), '203.0.113.9');
    assert.equal(from('10.0.0.1', '192.0.2.1, 10.9.9.9, 203.0.113.9'), '203.0.113.9');
  });

  it('walks through a chain of trusted proxies from the right', () => {
    assert.equal(from('10.0.0.1', '192.0.2.1,203.0.113.9 , 10.0.0.3,10.0.0.2'), '203.0.113.9');
    assert.equal(from('::ffff:10.0.0.1', '203.0.113.9, 2001:db8:1::5'), '203.0.113.9');
  });

  it('is the proxy itself when nothing was forwarded, and the farthest one when all are trusted', () => {
    assert.equal(from('10.0.0.1'), '10.0.0.1');
    assert.equal(from('10.0.0.1', ''), '10.0.0.1');
    assert.equal(from('10.0.0.1', '10.0.0.3, 10.0.0.2'), '10.0.0.3');
  });

  it('is unknown when a trusted proxy says something that is no address', () => {
    for (const entry of ['unknown', '_hidden', '', 'localhost', '203.0.113.9.', '999.0.0.1']) {
      assert.equal(from('10.0.0.1', `192.0.2.1, ${entry}`), undefined, entry);
    }
    assert.equal(from(undefined, '192.0.2.1'), undefined);
  });

  it('reads entries with ports and brackets, and headers that came several times', () => {
    assert.equal(from('10.0.0.1', '203.0.113.9:4711'), '203.0.113.9');
    assert.equal(from('10.0.0.1', '[2001:db8::9]:4711'), '2001:db8::9');
    assert.equal(from('10.0.0.1', '[2001:db8::9]'), '2001:db8::9');
    assert.equal(from('10.0.0.1', '2001:DB8:0::9'), '2001:db8::9');
    assert.equal(from('10.0.0.1', ['192.0.2.1', '203.0.113.9, 10.0.0.2']), '203.0.113.9');
  });

  it('never believes anyone when no proxy is named', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.string(), (peer, forwarded) => {
        const request = { socket: { remoteAddress: peer }, headers: { 'x-forwarded-for': forwarded } };
        assert.equal(clientAddress(request, { trustedProxies: createAllowList([]) }), peer);
      }),
    );
  });

  it('cannot be moved by anything a client writes in front', () => {
    const entry = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constant('10.0.0.9'));
    fc.assert(
      fc.property(fc.array(entry), (written) => {
        assert.equal(from('10.0.0.1', [...written, '203.0.113.9', '10.0.0.2'].join(',')), '203.0.113.9');
      }),
    );
  });

  it('spells IPv6 clients as the system does', () => {
    fc.assert(
      fc.property(v6, (value) => {
        const expected = new SocketAddress({ address: v6Text(value), family: 'ipv6' }).address;
        assert.equal(from(v6Text(value)), expected);
      }),
    );
  });
});
