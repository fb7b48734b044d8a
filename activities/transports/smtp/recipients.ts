/** Sorts the addresses of a message: which the mail still goes to, and which it can never go to. */
import { wireAddress } from '#platform/mail/mailbox.ts';
import type { RecipientStandings } from '#domain/recipients.ts';
import type { Refusal } from './transact.ts';

/** The addresses of a message that were not settled by earlier attempts. */
export interface OpenRecipients {
  /** Those that mail can be sent to, and how each goes over the wire. */
  readonly sendable: ReadonlyMap<string, string>;
  /** Those that are no addresses that mail can be sent to; they are never shown to the server. */
  readonly unsendable: readonly string[];
}

/** Leaves out the addresses that have the mail and those that were refused for good. */
export function findOpenRecipients(
  recipients: readonly string[],
  settled: RecipientStandings,
): OpenRecipients {
  const sendable = new Map<string, string>();
  const unsendable: string[] = [];
  for (const address of recipients) {
    const standing = Object.hasOwn(settled, address) ? settled[address] : undefined;
    if (standing !== undefined && standing.state !== 'deferred') continue;
    const written = wireAddress(address);
    if (written === undefined) unsendable.push(address);
    else sendable.set(address, written);
  }
  return { sendable, unsendable };
}

/** The answer for an address that mail cannot be sent to. */
export const notSendable: Refusal = {
  accepted: false,
  final: true,
  outcome: 'smtp_5xx',
  status: null,
  text: '',
  detail: 'not an address that mail can be sent to',
};
