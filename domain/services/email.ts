/**
 * The service `email`: mails pushes, and that a repository became public, to one or two addresses. Notices go this way,
 * too, to the address that a repository has for them; no hook that people make is told of them.
 */
import { isOperational } from '../operational-events.ts';
import { isMailbox } from './mailbox.ts';
import { mailOfPublic, mailOfPush, type MailText } from './mail-text.ts';
import { mailOfNotice } from './notice-mail.ts';
import { fitText } from './fit-text.ts';
import { readRepository } from './read-repository.ts';
import { lineAt } from './payload-reader.ts';
import type { MailMessage, MessageService, OutgoingMessage, ServiceEvent, Settings } from './service.ts';
import { flagSetting, textSetting } from './setting-value.ts';

const mostAddresses = 2;

/** UTF-16 units: a subject past this is shown nowhere. */
const longestSubject = 200;
const longestSenderName = 100;

/** The declaration of `email`. */
export const email: MessageService = {
  kind: 'message',
  name: 'email',
  title: 'E-mail',
  settings: [
    {
      name: 'address',
      type: 'string',
      required: true,
      longest: 2 * 254 + 1,
      description: 'One or two addresses, separated by white space.',
    },
    {
      name: 'secret',
      type: 'password',
      description: 'Sent as the header `Approved:`, which mailing lists take for the word of a moderator.',
    },
    {
      name: 'send_from_author',
      type: 'boolean',
      description: "True to show the author's name as the sender and to send replies to the author.",
    },
  ],
  supportedEvents: ['push', 'public'],
  defaultEvents: ['push'],
  check(settings) {
    const addresses = addressesOf(settings);
    if (addresses.length > mostAddresses) {
      return [{ setting: 'address', message: `At most ${mostAddresses} addresses may be given` }];
    }
    return addresses.every(isMailbox)
      ? []
      : [{ setting: 'address', message: 'This is not an e-mail address' }];
  },
  compose(event, settings): OutgoingMessage {
    if (isOperational(event.name)) {
      return composeMail(event, settings, mailOfNotice(event.name, event.payload));
    }
    switch (event.name) {
      case 'push':
        return composeMail(event, settings, mailOfPush(event.payload));
      case 'public':
        return composeMail(event, settings, mailOfPublic(event.payload));
      default:
        return {
          transport: 'none',
          reason: 'E-mail is sent for pushes and for a repository made public only.',
        };
    }
  },
};

function addressesOf(settings: Settings): readonly string[] {
  return [...new Set((textSetting(settings, 'address') ?? '').split(/\s+/u).filter((part) => part !== ''))];
}

function composeMail(event: ServiceEvent, settings: Settings, mail: MailText): MailMessage {
  const { fullName } = readRepository(event.payload);
  const approved = textSetting(settings, 'secret');
  return {
    transport: 'smtp',
    recipients: addressesOf(settings),
    ...(flagSetting(settings, 'send_from_author') ? senderOf(mail) : {}),
    ...(approved === undefined ? {} : { approved }),
    subject: fitText(`[${fullName}] ${mail.headline}`, longestSubject),
    text: mail.text,
    messageId: identify(event.deliveryId),
    threadId: identify(`${fullName} ${lineAt(event.payload, 'ref') ?? event.name}`),
    date: event.acceptedAt,
  };
}

function senderOf({ author }: MailText): Pick<MailMessage, 'senderName' | 'replyTo'> {
  if (author === undefined) return {};
  const { name, address } = author;
  return {
    senderName: fitText(name, longestSenderName),
    ...(address !== undefined && isMailbox(address) ? { replyTo: address } : {}),
  };
}

/** A text as letters, digits, hyphens and underscores alone; different texts stay different up to 180 units of it. */
function identify(text: string): string {
  const safe = text.toWellFormed().replace(/[^A-Za-z0-9-]/gu, (character) => {
    return `_${(character.codePointAt(0) ?? 0).toString(16)}_`;
  });
  return safe.slice(0, 180);
}
