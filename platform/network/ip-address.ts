/**
 * Reads IP addresses as numbers and finds the IPv4 addresses that IPv6 forms carry inside them.
 * Text comparison of addresses is how guards are passed by; nothing here compares text.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** An address that was read: its family, its plain spelling without zone, and for IPv6 its eight groups. */
export type IpAddress =
  | { readonly family: 'ipv4'; readonly text: string }
  | { readonly family: 'ipv6'; readonly text: string; readonly groups: readonly number[] };

/** Reads an address as a resolver, a socket or a URL spells it: `[…]` and `%zone` are dropped. */
export function readIpAddress(spelling: string): IpAddress | undefined {
  const bare = spelling.startsWith('[') && spelling.endsWith(']') ? spelling.slice(1, -1) : spelling;
  const zone = bare.indexOf('%');
  const text = zone === -1 ? bare : bare.slice(0, zone);
  if (isIPv4(text)) return zone === -1 ? { family: 'ipv4', text } : undefined;
  return isIPv6(text) ? { family: 'ipv6', text, groups: readGroups(text) } : undefined;
}

/** The eight groups of a valid IPv6 address. */
function readGroups(text: string): readonly number[] {
  const [head = '', tail] = withoutDots(text).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

/** Writes a dotted ending (`::ffff:127.0.0.1`) as two groups. */
function withoutDots(text: string): string {
  const start = text.lastIndexOf(':') + 1;
  const ending = text.slice(start);
  if (!ending.includes('.')) return text;
  const [a = 0, b = 0, c = 0, d = 0] = ending.split('.').map(Number);
  return `${text.slice(0, start)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** An IPv4 address written as two groups of an IPv6 one. */
export function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/**
 * The IPv4 address to which this IPv6 address leads the packet as it stands, so that it alone decides:
 * IPv4-mapped (`::ffff:0:0/96`, which the kernel sends as IPv4) and NAT64's well-known prefix (`64:ff9b::/96`).
 */
export function standInFor(groups: readonly number[]): string | undefined {
  const prefix = groups.slice(0, 6).join(':');
  const [high = 0, low = 0] = groups.slice(6);
  return prefix === mappedPrefix || prefix === nat64Prefix ? dotted(high, low) : undefined;
}

const mappedPrefix = [0, 0, 0, 0, 0, 0xffff].join(':');
const nat64Prefix = [0x64, 0xff9b, 0, 0, 0, 0].join(':');

/**
 * Every IPv4 address that some translator or tunnel could read out of this IPv6 address: mapped, compatible, SIIT,
 * NAT64 (well-known and local prefixes), 6to4, Teredo (server and client), ISATAP.
 */
export function embeddedIpv4(groups: readonly number[]): readonly string[] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const found: string[] = [];
  if (a >> 8 === 0) found.push(dotted(g, h));
  // RFC 6052 puts the address around bits 64 to 71 in prefixes shorter than /96; 64:ff9b:1::/48 is such a one.
  if (a === 0x64 && b === 0xff9b) found.push(dotted(d, ((e & 255) << 8) | (f >> 8)));
  if (a === 0x2002) found.push(dotted(b, c));
  if (a === 0x2001 && b === 0) found.push(dotted(c, d), dotted(g ^ 0xffff, h ^ 0xffff));
  if (isIsatap(e, f)) found.push(dotted(g, h));
  return found;
}

/** True for the interface identifiers of ISATAP, `0:5efe` and `200:5efe`. */
export function isIsatap(e: number, f: number): boolean {
  return (e & 0xfcff) === 0 && f === 0x5efe;
}
