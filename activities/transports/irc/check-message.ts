/**
 * Says what of a message IRC has no way to carry. Such a message is refused whole and nothing is sent: a name or a
 * password that was cut or cleaned would lead into another room, or nowhere.
 */
import type { IrcMessage } from '#domain/services/service.ts';

import { ircLimits } from './irc-limits.ts';
import { cleanLine, isTail, isWord } from './irc-text.ts';

const { nameBytes, secretBytes } = ircLimits;

/** Why the message cannot be sent by any means, in words that quote nothing of it; undefined if it can. */
export function findProblem(message: IrcMessage, timeoutMs: number): string | undefined {
  const { rooms, password = 'none', nickservPassword = 'none' } = message;
  if (!isWord(message.nick, secretBytes)) return 'the nick cannot be written in IRC';
  if (!isTail(password, secretBytes)) return 'the password cannot be written in IRC';
  if (!isTail(nickservPassword, secretBytes)) return 'the NickServ password cannot be written in IRC';
  if (rooms.length === 0) return 'no room is given';
  if (rooms.length > ircLimits.rooms) return `more than ${ircLimits.rooms} rooms are given`;
  for (const { name, key = 'none' } of rooms) {
    if (!isRoom(name)) return "a room's name cannot be written in IRC";
    if (!isWord(key, nameBytes) || key.includes(',')) return "a room's key cannot be written in IRC";
  }
  const lines = linesOf(message).length;
  if (lines === 0) return 'there is nothing to say';
  if (paceMs(lines * rooms.length) >= timeoutMs) return 'it is too long for the time that there is';
  return undefined;
}

/** The lines of the message that are said, clean. */
export function linesOf({ lines }: IrcMessage): readonly string[] {
  return lines
    .map(cleanLine)
    .filter((line) => line !== '')
    .slice(0, ircLimits.lines);
}

/** The milliseconds that so many lines take at the pace that servers bear. */
export function paceMs(lines: number): number {
  return Math.max(0, lines - ircLimits.linesAtOnce) * ircLimits.lineEveryMs;
}

/** A comma would make two rooms of it; without its sign it would be a person. */
function isRoom(name: string): boolean {
  return /^[#&+!][^,]*$/.test(name) && isWord(name, nameBytes);
}
