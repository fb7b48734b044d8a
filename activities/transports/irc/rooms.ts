/**
 * Enters rooms, says lines in them and learns what the server has against it. Lines leave at the pace that servers
 * bear, over all rooms together; none leaves that there is no time to finish.
 */
import type { IrcMessage, IrcRoom } from '#domain/services/service.ts';
import type { IrcLine } from 'irc-framework';
import { randomBytes } from 'node:crypto';

import { ReceiverFailure } from '../failures.ts';
import { linesOf, paceMs } from './check-message.ts';
import type { Conversation } from './conversation.ts';
import { ircLimits } from './irc-limits.ts';
import { fitLine } from './irc-text.ts';
import { judgeRoomNumeric, type Objection } from './verdicts.ts';

/** What is held against us, by the room's name. */
export type Objections = ReadonlyMap<string, Objection>;

/** Enters the rooms, one after the other, and gives what came of those that did not let us in. */
export async function enterRooms(conversation: Conversation, rooms: readonly IrcRoom[]): Promise<Objections> {
  const objections = new Map<string, Objection>();
  for (const { name, key } of rooms) {
    const token = makeToken();
    const join = (): void => {
      conversation.send('JOIN', name, ...(key === undefined ? [] : [key]));
      conversation.send('PING', token);
    };
    const answer = await conversation.ask(join, (line) => readEntry(conversation, name, token, line));
    if (answer !== 'entered') objections.set(name, answer);
  }
  return objections;
}

/** Says every line in every room. When it resolves the server has taken them all, but for the objections. */
export async function sayLines(
  conversation: Conversation,
  message: IrcMessage,
  rooms: readonly string[],
  deadlineMs: number,
): Promise<Objections> {
  const lines = linesOf(message);
  if (performance.now() + paceMs(lines.length * rooms.length) >= deadlineMs) {
    throw new ReceiverFailure('timeout', 'too little was left to say every line');
  }
  const objections = new Map<string, Objection>();
  const stop = conversation.watch((line) => {
    const room = rooms.find((name) => conversation.isSame(name, line.params[1]));
    const objection = room === undefined ? undefined : judgeRoomNumeric(line.command);
    if (room !== undefined && objection !== undefined) objections.set(room, objection);
  });
  const command = message.notice ? 'NOTICE' : 'PRIVMSG';
  const pace = createPace(conversation);
  for (const room of rooms) {
    for (const line of lines) {
      if (objections.has(room)) break;
      await pace();
      conversation.send(command, room, fitLine(line, command, conversation.nick, room));
    }
  }
  await awaitEcho(conversation);
  stop();
  return objections;
}

/** Servers answer in order: once this comes back, so has every objection to what was said before. */
async function awaitEcho(conversation: Conversation): Promise<void> {
  const token = makeToken();
  await conversation.ask(
    () => conversation.send('PING', token),
    (line) => (isEcho(line, token) ? true : undefined),
  );
}

function makeToken(): string {
  return `holdfast-${randomBytes(8).toString('hex')}`;
}

function isEcho({ command, params }: IrcLine, token: string): boolean {
  return command === 'PONG' && params.includes(token);
}

/** Lets the first lines through at once, then one for each interval. */
function createPace(conversation: Conversation): () => Promise<void> {
  let said = 0;
  let lastMs = 0;
  return async () => {
    const dueMs = said < ircLimits.linesAtOnce ? 0 : lastMs + ircLimits.lineEveryMs;
    // A timer may be a little early.
    for (let leftMs = dueMs - performance.now(); leftMs > 0; leftMs = dueMs - performance.now()) {
      await conversation.rest(Math.ceil(leftMs));
    }
    said += 1;
    lastMs = performance.now();
  };
}

/** A server that says nothing to a JOIN has let us in before, as services do with those who identify. */
function readEntry(
  conversation: Conversation,
  room: string,
  token: string,
  line: IrcLine,
): 'entered' | Objection | undefined {
  const { command, nick, params } = line;
  if (isEcho(line, token)) return 'entered';
  if (command === 'JOIN') {
    const isOurs = conversation.isSame(conversation.nick, nick) && conversation.isSame(room, params[0]);
    return isOurs ? 'entered' : undefined;
  }
  return conversation.isSame(room, params[1]) ? judgeRoomNumeric(command) : undefined;
}
