/**
 * Gets us onto a server: the password, a nick that is free, and NickServ's blessing where the hook has a password for
 * it. Never gives NickServ's password to anybody but NickServ.
 */
import type { IrcMessage } from '#domain/services/service.ts';
import type { IrcLine } from 'irc-framework';

import { ReceiverFailure } from '../failures.ts';
import type { Conversation } from './conversation.ts';
import { ircLimits } from './irc-limits.ts';
import { Nicks } from './nicks.ts';
import { nickObjections } from './verdicts.ts';

/** Registers, then identifies. Rejects with a `ReceiverFailure`. */
export async function register(conversation: Conversation, message: IrcMessage): Promise<void> {
  const nicks = new Nicks(message.nick);
  const first = nicks.next(false) ?? message.nick;
  let answer = await conversation.ask(() => conversation.register(first, message.password), readAnswer);
  while (answer !== 'welcome') {
    const nick = nicks.next(answer === 'invalid nick');
    if (nick === undefined)
      throw new ReceiverFailure('irc_unavailable', 'every nick that was tried is taken');
    answer = await conversation.ask(() => conversation.send('NICK', nick), readAnswer);
  }
  if (message.nickservPassword !== undefined)
    await identify(conversation, message.nick, message.nickservPassword);
}

function readAnswer({ command }: IrcLine): 'welcome' | 'invalid nick' | 'no nick' | undefined {
  if (command === '001') return 'welcome';
  if (command === '432') return 'invalid nick';
  return nickObjections.has(command) ? 'no nick' : undefined;
}

/** Rooms may be for the identified alone, so NickServ's answer is waited for; what it is, the rooms will tell. */
async function identify(conversation: Conversation, nick: string, password: string): Promise<void> {
  const account = conversation.isSame(conversation.nick, nick) ? '' : `${nick} `;
  const command = `IDENTIFY ${account}${password}`;
  await conversation.ask(() => conversation.send('PRIVMSG', 'NickServ', command), isAnswered, {
    ms: ircLimits.nickservMs,
    value: true,
  });
}

/** NickServ may at the same time be asking for what it is being told; that is not its answer. */
function isAnswered({ command, nick, params }: IrcLine): true | undefined {
  if (command === '900') return true;
  if (command === '401') return params[1]?.toLowerCase() === 'nickserv' ? true : undefined;
  if (command !== 'NOTICE' || nick.toLowerCase() !== 'nickserv') return undefined;
  return /identified|accepted|recogni[sz]ed|logged in|incorrect|invalid|wrong|denied|not registered|isn't registered/i.test(
    params.at(-1) ?? '',
  )
    ? true
    : undefined;
}
