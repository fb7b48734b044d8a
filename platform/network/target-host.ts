/**
 * Judges the host of a target by its text alone, so that a hook for an inner address is refused when it is made.
 * It asks no resolver and promises nothing: the guard in the connector decides again at every attempt.
 */
import type { AddressGuard } from './address-guard.ts';
import { bareName } from './allow-list.ts';
import { readIpAddress } from './ip-address.ts';

/** What `checkTargetHost` found. */
export type TargetHostCheck = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Names that clouds give to their metadata services; not even an allow-list helps. */
const metadataNames: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);

/** Judges a host as it stands in a URL: any spelling of an address that `new URL` understands, or a name. */
export function checkTargetHost(guard: AddressGuard, host: string): TargetHostCheck {
  const url = `http://${host}/`;
  if (host === '' || /[/?#@\\]/.test(host) || !URL.canParse(url)) return refused;
  const { hostname } = new URL(url);
  if (readIpAddress(hostname) !== undefined) return guard.permits(hostname) ? { ok: true } : refused;
  const name = bareName(hostname);
  if (metadataNames.has(name)) return refused;
  if (!isLocalName(name) || guard.allowsName(name)) return { ok: true };
  return guard.permits('127.0.0.1') || guard.permits('::1') ? { ok: true } : refused;
}

const refused: TargetHostCheck = {
  ok: false,
  message: 'This host is not one that deliveries may be sent to: it is not on the public internet',
};

function isLocalName(name: string): boolean {
  return /^(localhost|localhost6?\.localdomain6?|localhost[46]|ip6-localhost|ip6-loopback)$|\.localhost$/.test(
    name,
  );
}
