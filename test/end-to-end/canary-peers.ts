/**
 * The servers that the hooks of the canary scene reach: they ask for the secrets, and say back what they are told, as
 * error pages do.
 */
import { randomBytes } from 'node:crypto';
import { joinIrc, type IrcPerson } from '../support/irc-person.ts';
import type { IrcServer } from '../support/irc-server.ts';
import { refusal, startMailServer, type MailServer } from '../support/mail-server.ts';
import { startPlainIrcServer } from '../support/plain-irc-server.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

/** The secrets, by what each of them is. */
export const canaries = Object.fromEntries(
  [
    'web',
    'header',
    'slack',
    'discord',
    'bot',
    'irc',
    'nickserv',
    'room',
    'email',
    'hub',
    'smtp',
    'wrong',
    'stranger',
  ].map((name) => [name, `canary-${name}-${randomBytes(8).toString('hex')}`]),
) as Readonly<Record<string, string>>;

/** Where everything arrives. */
export interface Peers {
  readonly receiver: Receiver;
  readonly mails: MailServer;
  readonly irc: IrcServer;
  readonly people: readonly IrcPerson[];
  readonly stop: () => Promise<void>;
}

/** Starts them. */
export async function startPeers(): Promise<Peers> {
  const { irc: password = '', room = '' } = canaries;
  const [receiver, mails, irc] = await Promise.all([
    startReceiver(),
    startMailServer({
      onMail: ({ to, raw }, done) =>
        to.includes('bob@one.example')
          ? done(refusal(550, `spam: ${/^Approved: .*$/m.exec(raw.toString('latin1'))?.[0]}`))
          : done(),
    }),
    startPlainIrcServer({ password }),
  ]);
  receiver.answer((response, { path, headers }) => {
    const { 'x-canary': header = '' } = headers;
    response
      .writeHead(path.startsWith('/fails') ? 404 : 200, { Location: path, 'X-Seen': [header, path].flat() })
      .end(`Cannot POST ${path}\n${JSON.stringify(headers)}`);
  });
  const people = [
    await joinIrc(irc.port, 'listener', password),
    await joinIrc(irc.port, 'NickServ', password),
  ];
  const [listener, nickServ] = people;
  await listener?.settle('JOIN #work', `MODE #work +k ${room}`);
  nickServ?.onPrivate((from) => nickServ.send(`NOTICE ${from} :You are now identified.`));
  return {
    receiver,
    mails,
    irc,
    people,
    stop: async () => {
      for (const person of people) person.leave();
      await Promise.all([receiver.stop(), mails.close(), irc.kill()]);
    },
  };
}
