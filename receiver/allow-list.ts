/**
 * Lists of addresses in CIDR notation, IPv4 and IPv6. Closed by default: what is not an address is on no list.
 * The families are kept apart: an IPv4 client of a dual-stack server (`::ffff:192.0.2.1`) counts as IPv4.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { plainAddress } from './plain-address.ts';

/** Addresses that are meant. */
export interface AllowList {
  /** True when the address is in one of the ranges; false for anything that is not an address. */
  readonly has: (address: string | undefined) => boolean;
}

/**
 * Makes a list of ranges such as `192.0.2.0/24`, `2001:db8::/32`, or single addresses. An empty list has nobody.
 *
 * @throws TypeError that names the entry that is no range
 */
export function createAllowList(cidrs: readonly string[]): AllowList {
  // Two lists, because one would compare an IPv4 address with IPv6 ranges as well: `::/0` would have everybody.
  const ranges = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const cidr of cidrs) {
    const { address, prefix, family } = parseRange(cidr);
    ranges[family].addSubnet(address, prefix, family);
  }
  return {
    has: (address) => {
      const plain = plainAddress(address);
      if (plain === undefined) return false;
      const family = isIPv4(plain) ? 'ipv4' : 'ipv6';
      return ranges[family].check(plain, family);
    },
  };
}

interface Range {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** The bits before the IPv4 address in an IPv6 one that carries it. */
const mappedBits = 96;

function parseRange(cidr: string): Range {
  const parts = /^(?<address>[^/%\s]+)(?:\/(?<prefix>0|[1-9]\d{0,2}))?$/.exec(cidr.trim())?.groups;
  const address = parts?.['address'] ?? '';
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : undefined;
  const prefix = parts?.['prefix'] === undefined ? bits : Number(parts['prefix']);
  if (bits === undefined || prefix === undefined || prefix > bits) {
    throw new TypeError(`Not an address or a range of addresses: ${cidr}`);
  }
  const plain = plainAddress(address) ?? address;
  if (bits === 32) return { address, prefix, family: 'ipv4' };
  if (!isIPv4(plain)) return { address, prefix, family: 'ipv6' };
  // `::ffff:192.0.2.0/120` means IPv4 clients; a wider range would take in more than those.
  if (prefix < mappedBits) throw new TypeError(`Wider than all of IPv4: ${cidr}`);
  return { address: plain, prefix: prefix - mappedBits, family: 'ipv4' };
}
