/**
 * Says whether a text can be the name or address of a server, and gives the one spelling that is used from then on:
 * numbers that stand for an address come out as the address. Which hosts may be reached is the address guard's matter.
 */

/** What could make a part of a URL other than the host. */
const foreign = /[\s\p{C}/?#@\\%[\]]/u;

/** The host, in ASCII and lower case, an IPv6 address without brackets; undefined if it is none. */
export function readHost(text: string): string | undefined {
  if (text === '' || text.length > 253 || foreign.test(text)) return undefined;
  const isVersion6 = text.includes(':');
  const address = isVersion6 ? `http://[${text}]` : `http://${text}`;
  if (!URL.canParse(address)) return undefined;
  const host = new URL(address).hostname;
  if (isVersion6) return host.slice(1, -1);
  return /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(host) ? host : undefined;
}
