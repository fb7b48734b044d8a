/**
 * Decides which addresses a packet may leave for: global unicast, and what the operator allowed.
 * Cloud metadata services can be allowed by nobody, in no spelling. Whatever cannot be read is refused.
 *
 * IPv4-mapped and NAT64 addresses (`::ffff:a.b.c.d`, `64:ff9b::a.b.c.d`) are judged as the IPv4 address they lead to,
 * because that is where the packet goes. The lists are kept by family: in one `net.BlockList` an IPv6 rule such as
 * `::/8` would catch every IPv4 address too.
 */
import { BlockList } from 'node:net';

import { bareName, readAllowList } from './allow-list.ts';
import { embeddedIpv4, type IpAddress, isIsatap, readIpAddress, standInFor } from './ip-address.ts';
import {
  deniedIpv4,
  deniedIpv6,
  globalIpv6,
  metadataIpv4,
  metadataIpv6,
  type Range,
} from './special-ranges.ts';

/** Judges addresses. One is made at boot and shared by everything that connects. */
export interface AddressGuard {
  /** True if a connection to this IP address may be opened. Anything else than an IP address is refused. */
  permits(address: string): boolean;
  /**
   * True if a connection for this host may be opened to any of these addresses: all must be good, and there must be
   * one. A host that the operator allowed by name may have any address but a metadata service's.
   */
  permitsHost(host: string, addresses: readonly string[]): boolean;
  /** True if the operator allowed this host by name. */
  allowsName(host: string): boolean;
}

/** Makes a guard. Throws, naming the entry, if the allow-list holds one that is malformed. */
export function createAddressGuard({ allow }: { readonly allow: readonly string[] }): AddressGuard {
  const allowed = readAllowList(allow);

  function permits(address: string): boolean {
    const read = readIpAddress(address);
    if (read === undefined || isMetadata(read)) return false;
    if (allowed[read.family].check(read.text, read.family)) return true;
    if (read.family === 'ipv4') return !denied4.check(read.text, 'ipv4');
    const standIn = standInFor(read.groups);
    return standIn === undefined ? isGlobalIpv6(read, permits) : permits(standIn);
  }

  function permitsHost(host: string, addresses: readonly string[]): boolean {
    const judge = allowsName(host) ? isReadableAndNotMetadata : permits;
    return addresses.length > 0 && addresses.every(judge);
  }

  function allowsName(host: string): boolean {
    return allowed.names.has(bareName(host));
  }

  return { permits, permitsHost, allowsName };
}

function isGlobalIpv6(read: IpAddress & { family: 'ipv6' }, permits: (ipv4: string) => boolean): boolean {
  if (!global6.check(read.text, 'ipv6') || denied6.check(read.text, 'ipv6')) return false;
  const [, , , , e = 0, f = 0] = read.groups;
  return !isIsatap(e, f) || embeddedIpv4(read.groups).every(permits);
}

function isReadableAndNotMetadata(address: string): boolean {
  const read = readIpAddress(address);
  return read !== undefined && !isMetadata(read);
}

function isMetadata(read: IpAddress): boolean {
  if (read.family === 'ipv4') return metadata4.check(read.text, 'ipv4');
  if (metadata6.check(read.text, 'ipv6')) return true;
  return embeddedIpv4(read.groups).some((ipv4) => metadata4.check(ipv4, 'ipv4'));
}

function blockList(family: 'ipv4' | 'ipv6', ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of ranges) list.addSubnet(address, prefix, family);
  return list;
}

const denied4 = blockList('ipv4', deniedIpv4);
const denied6 = blockList('ipv6', deniedIpv6);
const global6 = blockList('ipv6', [globalIpv6]);
const metadata4 = blockList('ipv4', metadataIpv4);
const metadata6 = blockList('ipv6', metadataIpv6);
