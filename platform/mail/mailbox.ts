/**
 * Judges and reads mail addresses. What passes is plain ASCII that can end neither a command nor a header line;
 * quoted local parts and those outside of ASCII (SMTPUTF8) are refused, because many servers cannot take them.
 */
import { domainToASCII } from 'node:url';

import { oneLine } from './one-line.ts';

/** Characters of an address, of its part before the @, and of the name beside it. */
export const mailboxLimits = { address: 254, localPart: 64, name: 500 } as const;

/** An address and the name shown beside it. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** The address as it goes over the wire, its domain in ASCII; undefined if mail cannot be sent to it. */
export function wireAddress(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(0, at));
  const domain = toAscii(text.slice(at + 1));
  if (local.length > mailboxLimits.localPart || !/^[\w!#$%&'*+/=?^`{|}~.-]+$/.test(local)) return undefined;
  if (!/^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/i.test(domain)) return undefined;
  const address = `${local}@${domain}`;
  return address.length <= mailboxLimits.address ? address : undefined;
}

/** Reads `address`, `<address>` or `Name <address>`; undefined if that is not what it is. */
export function readMailbox(text: string): Mailbox | undefined {
  const bracketed = /^([^<>]*)<([^<>]*)>$/.exec(text.trim());
  const address = wireAddress(bracketed?.[2] ?? text.trim());
  if (address === undefined) return undefined;
  const name = (bracketed?.[1] ?? '').trim().replace(/^"(.*)"$/s, '$1');
  return { name: oneLine(name, mailboxLimits.name), address };
}

/**
 * Reads the operator's From address: `noreply@example.org` or `Holdfast <noreply@example.org>`.
 *
 * @throws Error that quotes what cannot be read
 */
export function readMailFrom(text: string): Mailbox {
  const mailbox = readMailbox(text);
  if (mailbox !== undefined) return mailbox;
  throw new Error(`${JSON.stringify(text)} is not a mail address such as Holdfast <noreply@example.org>`);
}

/** The part of a wire address after the @. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** An ASCII domain stays as it is spelt; another is turned into its ASCII form, or into nothing if it has none. */
function toAscii(domain: string): string {
  return /^[\x20-\x7e]*$/.test(domain) ? domain : domainToASCII(domain);
}
