/**
 * The address ranges that the guard knows: what is denied, and what nobody can allow.
 * From the IANA special-purpose registries, closed towards what is not global unicast.
 */

/** A range as `net.BlockList` wants it: first address and length of the prefix. */
export type Range = readonly [address: string, prefix: number];

/** IPv4 that is not global unicast. */
export const deniedIpv4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const satisfies readonly Range[];

/** The only IPv6 that is global unicast; everything outside of it is denied. */
export const globalIpv6 = ['2000::', 3] as const satisfies Range;

/** What is not for use within `globalIpv6`: protocol assignments (with Teredo), documentation, 6to4. */
export const deniedIpv6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const satisfies readonly Range[];

/** Where clouds hand out credentials over IPv4. Never allowable: link-local, Azure's wire server, Alibaba, Oracle. */
export const metadataIpv4 = [
  ['169.254.0.0', 16],
  ['168.63.129.16', 32],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
] as const satisfies readonly Range[];

/** The same over IPv6. Never allowable: AWS, Google, Scaleway. */
export const metadataIpv6 = [
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
  ['fd00:42::42', 128],
] as const satisfies readonly Range[];
