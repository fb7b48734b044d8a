/**
 * What is done on a server, from our first word to the last: register, enter, speak, leave. It resolves only when every
 * room took every line.
 *
 * With several rooms the worst decides, so that nothing is lost in silence. A room that cannot be entered for now
 * keeps everything from being said, because the repeat would otherwise say it twice in the others; one that refuses
 * for good does not, and then there is no repeat.
 */
import type { IrcMessage } from '#domain/services/service.ts';

import { ReceiverFailure } from '../failures.ts';
import type { Conversation } from './conversation.ts';
import { register } from './register.ts';
import { enterRooms, type Objections, sayLines } from './rooms.ts';
import type { Transcript } from './transcript.ts';
import type { Objection } from './verdicts.ts';

/** Says the message. Rejects with a `ReceiverFailure` for whatever kept it, or part of it, from being heard. */
export async function speak(
  conversation: Conversation,
  message: IrcMessage,
  deadlineMs: number,
  transcript: Transcript,
): Promise<void> {
  await register(conversation, message);
  transcript.note(`Nick: ${conversation.nick}`);
  const rooms = message.rooms.filter(({ name }, index) => {
    return index === message.rooms.findIndex((room) => conversation.isSame(room.name, name));
  });
  const closed: Objections = message.join ? await enterRooms(conversation, rooms) : new Map();
  const open = rooms.map(({ name }) => name).filter((name) => !closed.has(name));
  transcript.note(`Rooms: ${open.length === 0 ? 'none' : open.join(', ')}`);
  const waits = [...closed.values()].some(({ outcome }) => outcome === 'irc_unavailable');
  const deaf: Objections =
    waits || open.length === 0 ? new Map() : await sayLines(conversation, message, open, deadlineMs);
  if (message.join) for (const name of open) conversation.send('PART', name);
  const worst = findWorst([...closed.values(), ...deaf.values()]);
  if (worst !== undefined) throw new ReceiverFailure(worst.outcome, worst.detail);
}

/** What may pass is worse than what will not: it is tried again. */
function findWorst(objections: readonly Objection[]): Objection | undefined {
  return objections.find(({ outcome }) => outcome === 'irc_unavailable') ?? objections[0];
}
