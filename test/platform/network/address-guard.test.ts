import assert from 'node:assert/strict';

import * as fc from 'fast-check';

import { createAddressGuard } from '#platform/network/address-guard.ts';
import { dotted } from '#platform/network/ip-address.ts';

import { hostileAddresses, publicAddresses } from '../../support/hostile-addresses.ts';

const guard = createAddressGuard({ allow: [] });

const group = fc.integer({ min: 0, max: 0xffff });
const byte = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'));

function spell(groups: readonly number[]): string {
  return groups.map((each) => each.toString(16)).join(':');
}

/** The two groups of an IPv4 address within an IPv6 one. */
function pair(address: string): [number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [(a << 8) | b, (c << 8) | d];
}

describe('the address guard', () => {
  for (const address of hostileAddresses) {
    it(`refuses ${address}`, () => {
      assert.equal(guard.permits(address), false);
    });
  }

  for (const address of publicAddresses) {
    it(`permits ${address}`, () => {
      assert.equal(guard.permits(address), true);
    });
  }

  it('refuses what is not an address', () => {
    for (const text of [
      '',
      'localhost',
      'example.com',
      '8.8.8',
      '8.8.8.8.8',
      '08.8.8.8',
      '8.8.8.8%1',
      '[8.8.8.8',
      ' 8.8.8.8',
      '8.8.8.8 ',
      '0x8080808',
      '134744072',
      '8.8.8.8/32',
      '2606:4700::1::1',
      'null',
    ]) {
      assert.equal(guard.permits(text), false, text);
    }
  });

  it('refuses every address in ::/8 but the mapped and NAT64 ones, which lead to an IPv4 address', () => {
    const address = fc.tuple(byte, group, group, group, group, group, group, group);

    fc.assert(
      fc.property(address, (groups) => {
        const head = groups.slice(0, 6).join(':');
        fc.pre(head !== [0, 0, 0, 0, 0, 0xffff].join(':') && head !== [0x64, 0xff9b, 0, 0, 0, 0].join(':'));
        return !guard.permits(spell(groups));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses every address outside of 2000::/3', () => {
    const address = fc.tuple(
      fc.integer({ min: 0x100, max: 0xffff }),
      group,
      group,
      group,
      group,
      group,
      group,
      group,
    );

    fc.assert(
      fc.property(address, (groups) => {
        fc.pre((groups[0] & 0xe000) !== 0x2000);
        return !guard.permits(spell(groups));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses every 6to4 address', () => {
    fc.assert(
      fc.property(fc.tuple(group, group, group, group, group, group, group), (groups) => {
        return !guard.permits(spell([0x2002, ...groups]));
      }),
      { numRuns: 500 },
    );
  });

  it('refuses every Teredo address', () => {
    fc.assert(
      fc.property(fc.tuple(group, group, group, group, group, group), (groups) => {
        return !guard.permits(spell([0x2001, 0, ...groups]));
      }),
      { numRuns: 500 },
    );
  });

  it('judges mapped and NAT64 addresses as the IPv4 address they lead to', () => {
    fc.assert(
      fc.property(
        fc.oneof(ipv4, fc.constantFrom(...hostileAddresses.filter((each) => !each.includes(':')))),
        (address) => {
          const verdict = guard.permits(address);
          assert.equal(guard.permits(`::ffff:${address}`), verdict);
          assert.equal(guard.permits(spell([0, 0, 0, 0, 0, 0xffff, ...pair(address)])), verdict);
          assert.equal(guard.permits(`64:ff9b::${address}`), verdict);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('reads an IPv6 address alike in all of its spellings', () => {
    fc.assert(
      fc.property(fc.ipV6(), (spelling) => {
        const plain = new URL(`http://[${spelling}]/`).hostname;
        assert.equal(guard.permits(spelling), guard.permits(plain));
        assert.equal(guard.permits(plain), guard.permits(plain.slice(1, -1).toUpperCase()));
      }),
      { numRuns: 500 },
    );
  });
});

describe("the address guard's allow-list", () => {
  it('permits addresses, ranges and their mapped spellings, and nothing beside them', () => {
    const open = createAddressGuard({
      allow: ['127.0.0.0/8', '10.1.2.3', ' ::1 ', '[fd00::1]', 'fd12::/16'],
    });

    for (const address of [
      '127.0.0.1',
      '127.255.0.1',
      '::ffff:127.0.0.1',
      '64:ff9b::10.1.2.3',
      '10.1.2.3',
      '::1',
      'fd00::1',
      'fd12:1::9',
    ]) {
      assert.equal(open.permits(address), true, address);
    }
    for (const address of [
      '10.1.2.4',
      '192.168.0.1',
      '::ffff:10.1.2.4',
      'fd00::2',
      'fd13::1',
      '::2',
      '::127.0.0.1',
      '2002:7f00:1::',
    ]) {
      assert.equal(open.permits(address), false, address);
    }
  });

  it('lets a host allowed by name have any address but a metadata one', () => {
    const open = createAddressGuard({ allow: ['Backend', 'ci.internal.'] });

    assert.equal(open.permitsHost('backend', ['10.0.0.1', '::1', 'fe80::1%eth0']), true);
    assert.equal(open.permitsHost('CI.internal', ['192.168.0.1']), true);
    assert.equal(open.permitsHost('ci.internal.', ['8.8.8.8']), true);
    assert.equal(open.permitsHost('backend', ['10.0.0.1', '169.254.169.254']), false);
    assert.equal(open.permitsHost('backend', ['::ffff:a9fe:a9fe']), false);
    assert.equal(open.permitsHost('backend.example', ['10.0.0.1']), false);
    assert.equal(open.permitsHost('other', ['10.0.0.1']), false);
    assert.equal(open.permits('10.0.0.1'), false);
  });

  it('asks that every address of a host be good, and that there be one', () => {
    assert.equal(guard.permitsHost('example.com', ['8.8.8.8', '2606:4700::1']), true);
    assert.equal(guard.permitsHost('example.com', ['8.8.8.8', '127.0.0.1']), false);
    assert.equal(guard.permitsHost('example.com', ['8.8.8.8', 'nonsense']), false);
    assert.equal(guard.permitsHost('example.com', []), false);
    assert.equal(createAddressGuard({ allow: ['example.com'] }).permitsHost('example.com', []), false);
  });

  it('never permits a metadata service, in any spelling, whatever it says', () => {
    const link = fc.tuple(byte, byte).map(([c, d]) => `169.254.${c}.${d}`);
    const metadata = fc.oneof(
      link,
      fc.constantFrom('169.254.169.254', '168.63.129.16', '100.100.100.200', '192.0.0.192'),
    );
    const spelling = fc
      .tuple(metadata, fc.integer({ min: 0, max: 11 }), group, group)
      .map(([address, form, x, y]) => {
        const [high, low] = pair(address);
        const forms = [
          address,
          `::ffff:${address}`,
          `::${address}`,
          `::ffff:0:${address}`,
          `64:ff9b::${address}`,
          `64:ff9b:1::${address}`,
          spell([0x2002, high, low, x, y, 0, 0, 1]),
          spell([0x2001, 0, high, low, x, y, x, y]),
          spell([0x2001, 0, x, y, x, y, high ^ 0xffff, low ^ 0xffff]),
          spell([0x2606, x, y, 0, 0, 0x5efe, high, low]),
          spell([0x64, 0xff9b, 1, high, low >> 8, (low & 255) << 8, 0, 0]),
          spell([0xfe80, 0, 0, 0, 0x200, 0x5efe, high, low]),
        ];
        return forms[form] ?? address;
      });
    const ownIpv6 = fc.constantFrom('fd00:ec2::254', 'FD00:0EC2::0254', 'fd20:ce::254', 'fd00:42::42');
    const allowEntry = fc.oneof(
      fc.constantFrom(
        '0.0.0.0/0',
        '::/0',
        '169.254.0.0/16',
        '169.254.169.254',
        '::ffff:0:0/96',
        '64:ff9b::/96',
        'fd00::/8',
        '2002::/16',
        '2001::/32',
        '100.64.0.0/10',
        'host.example',
        'fd00:ec2::254',
        '168.63.129.16/32',
      ),
      fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })).map(([address, length]) => `${address}/${length}`),
      fc
        .tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }))
        .map(([address, length]) => `${address}/${length}`),
    );

    fc.assert(
      fc.property(fc.oneof(spelling, ownIpv6), fc.array(allowEntry, { maxLength: 8 }), (address, allow) => {
        const open = createAddressGuard({ allow: [...allow, '0.0.0.0/0', '::/0', 'host.example'] });
        assert.equal(open.permits(address), false, address);
        assert.equal(open.permitsHost('host.example', [address]), false, address);
        assert.equal(open.permitsHost('host.example', ['10.0.0.1', address]), false, address);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses an entry that it cannot read, by name', () => {
    for (const entry of [
      '',
      ' ',
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/08',
      '10.0.0.0/',
      '10.0.0/8',
      '10.0.0.0/8/8',
      '::/129',
      'fe80::1%eth0',
      '*.example.com',
      '*',
      'host:8080',
      '127.0.0.1:80',
      '[::1]:80',
      'http://host/',
      'a/b',
      '127.1',
      '0x7f000001',
      '2130706433',
      'exa mple',
      'ünicode.example',
      '[::1',
      'a..b',
      '-/8',
    ]) {
      assert.throws(() => createAddressGuard({ allow: ['10.0.0.0/8', entry] }), {
        message: `"${entry}" is not an IP address, a CIDR range or a host name`,
      });
    }
  });

  it('writes the address that two groups hold', () => {
    assert.equal(dotted(0x7f00, 0x0001), '127.0.0.1');
  });
});
