/**
 * Reads the operator's list of targets allowed besides the public internet: addresses, CIDR ranges and host names.
 * An entry that cannot be understood stops the boot by name; it is never skipped, and never taken to mean more.
 */
import { BlockList } from 'node:net';

import { readIpAddress } from './ip-address.ts';

/** The list, sorted by kind. */
export interface AllowList {
  readonly ipv4: BlockList;
  readonly ipv6: BlockList;
  readonly names: ReadonlySet<string>;
}

/** Reads `HOLDFAST_ALLOW_TARGETS`, already split. Throws on the first malformed entry. */
export function readAllowList(entries: readonly string[]): AllowList {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList(), names: new Set<string>() };
  for (const entry of entries) {
    const text = entry.trim();
    const range = readRange(text);
    if (range !== undefined) lists[range.family].addSubnet(range.text, range.prefix, range.family);
    else if (isPlainName(text)) lists.names.add(bareName(text));
    else throw new Error(`"${entry}" is not an IP address, a CIDR range or a host name`);
  }
  return lists;
}

/** A host name in the form that comparisons use: lower case, without the root's dot. */
export function bareName(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

function readRange(text: string) {
  const [address = '', length, ...rest] = text.split('/');
  const read = rest.length === 0 ? readIpAddress(address) : undefined;
  if (read === undefined || address.includes('%')) return undefined;
  const most = read.family === 'ipv4' ? 32 : 128;
  if (length === undefined) return { ...read, prefix: most };
  return /^(0|[1-9]\d{0,2})$/.test(length) && Number(length) <= most
    ? { ...read, prefix: Number(length) }
    : undefined;
}

/** True for a name that a URL would leave as it is: `127.1`, `0x7f.1` and `a/b` are not names. */
function isPlainName(text: string): boolean {
  if (!/^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$/i.test(text)) return false;
  const url = `http://${text}/`;
  return URL.canParse(url) && new URL(url).hostname === text.toLowerCase();
}
