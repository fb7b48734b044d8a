/**
 * Writes a mail as the bytes that are sent (RFC 5322). The same message gives the same bytes on every attempt, so that
 * a repeat can be recognised; no text of it, whatever it holds, ends or adds a header line.
 *
 * `Auto-Submitted` (RFC 3834) keeps automatic replies away. `Precedence: bulk` would add nothing to that and make list
 * servers, which the `Approved` header is for, throw the mail away.
 */
import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';

import type { MailMessage } from '#domain/services/service.ts';

import { domainOf, type Mailbox, readMailbox, wireAddress } from '#platform/mail/mailbox.ts';
import { oneLine } from '#platform/mail/one-line.ts';
import { smtpLimits } from './smtp-limits.ts';

/** Writes a mail from the operator's address to all of its recipients. Throws on a date that is none. */
export async function composeMail(message: MailMessage, from: Mailbox): Promise<Buffer> {
  const domain = domainOf(from.address);
  const ownId = `<${identifier(message.messageId)}@${domain}>`;
  const threadId = `<${identifier(message.threadId)}@${domain}>`;
  const replyTo = message.replyTo === undefined ? undefined : readMailbox(message.replyTo);
  const composer = new MailComposer({
    from: { name: shownName(message.senderName ?? from.name), address: from.address },
    to: message.recipients.flatMap((text) => wireAddress(text) ?? []).map(plainAddress),
    ...(replyTo === undefined ? {} : { replyTo: { ...replyTo, name: shownName(replyTo.name) } }),
    subject: notEncoded(oneLine(message.subject, smtpLimits.headerTextLength)),
    date: readDate(message.date),
    messageId: ownId,
    ...(threadId === ownId ? {} : { inReplyTo: threadId, references: threadId }),
    headers: { 'Auto-Submitted': 'auto-generated', ...approval(message.approved) },
    text: message.text.toWellFormed().replace(/\r\n?/g, '\n'),
    encoding: 'quoted-printable',
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return await composer.compile().build();
}

/** The value of the `Approved` header as it is written: the whole secret, on one line. */
export function approvedValue(approved: string): string {
  return approved.replace(/\p{Cc}/gu, ' ').trim();
}

/** The secret goes as it is, unless it has characters that a header cannot. */
function approval(approved: string | undefined) {
  const value = approved === undefined ? '' : approvedValue(approved);
  if (value === '') return {};
  return { Approved: { prepared: /^[\x20-\x7e]*$/.test(value), value } };
}

function plainAddress(address: string) {
  return { name: '', address };
}

function shownName(name: string): string {
  return notEncoded(oneLine(name, smtpLimits.headerTextLength));
}

/** Text that looks encoded (`=?utf-8?Q?…?=`) would be shown as something else than what was written, and checked. */
function notEncoded(text: string): string {
  return text.replaceAll('=?', '= ?');
}

/** The text itself where it may stand before an @ as it is, else a digest of it. */
function identifier(text: string): string {
  const plain = /^[\w-]+(\.[\w-]+)*$/.test(text) && text.length <= smtpLimits.identifierLength;
  return plain ? text : createHash('sha256').update(text).digest('hex');
}

function readDate(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new TypeError(`The date of a mail cannot be read: ${text}`);
  return date;
}
