/**
 * What a server's words mean for us: for good, or for now. Reads no text where a number says it; where there is only
 * text, in ERROR and KILL, it looks for the words that the usual servers use.
 */
import type { Outcome } from '#domain/outcomes.ts';

/** What a server or a room has against us; `detail` is ours. */
export interface Objection {
  readonly outcome: Extract<Outcome, 'irc_refused' | 'irc_unavailable'>;
  readonly detail: string;
}

const refused = (detail: string): Objection => ({ outcome: 'irc_refused', detail });
const unavailable = (detail: string): Objection => ({ outcome: 'irc_unavailable', detail });

/** Numerics about the room that is their second parameter. */
const roomObjections: ReadonlyMap<string, Objection> = new Map([
  ['401', refused('401, there is no such room')],
  ['403', refused('403, there is no such room')],
  ['404', refused('404, not allowed to speak in a room')],
  ['405', unavailable('405, in too many rooms')],
  ['407', refused('407, too many rooms at once')],
  ['408', refused('408, no colours in a room')],
  ['437', unavailable('437, a room cannot be entered now')],
  ['439', unavailable('439, too many rooms too fast')],
  ['442', refused('442, not in a room')],
  ['470', refused('470, sent on to another room')],
  ['471', unavailable('471, a room is full')],
  ['473', refused('473, a room is for the invited')],
  ['474', refused('474, banned from a room')],
  ['475', refused('475, wrong key of a room')],
  ['476', refused("476, a room's name is bad")],
  ['477', refused('477, a room is for registered nicks')],
  ['479', refused("479, a room's name is bad")],
  // Some servers mean that too many enter, some that a secure connection is asked for: only the first passes.
  ['480', unavailable('480, a room cannot be entered now')],
  ['482', refused('482, not allowed to speak in a room')],
  ['489', refused('489, a room asks for a secure connection')],
  ['519', refused('519, a room is not open to us')],
  ['520', refused('520, a room is not open to us')],
]);

/** Numerics that end the conversation, whenever they come. */
const serverObjections: ReadonlyMap<string, Objection> = new Map([
  ['463', refused('463, the server is not open to us')],
  ['464', refused('464, wrong password')],
  ['465', refused('465, banned from the server')],
]);

/** Numerics after which another nick may do. */
export const nickObjections: ReadonlySet<string> = new Set(['432', '433', '436', '437']);

/** What a numeric says against speaking in a room. */
export function judgeRoomNumeric(command: string): Objection | undefined {
  return roomObjections.get(command);
}

/** What a numeric says against our being on the server at all. */
export function judgeServerNumeric(command: string): Objection | undefined {
  return serverObjections.get(command);
}

/** What the text of an ERROR or KILL means. Haste passes, so it is looked for first: servers call its penalty a ban too. */
export function judgeFarewell(text: string): Objection {
  if (/too (fast|many)|throttl|reconnect|try again|flood/i.test(text)) {
    return unavailable('the server throttles connections');
  }
  if (/bad (server )?password|password (mismatch|incorrect)|invalid password/i.test(text)) {
    return refused('wrong password');
  }
  if (/\bban(s|ned)?\b|\b[gkzdq][:-]?lined?\b|\bakill(ed)?\b|not welcome|access denied/i.test(text)) {
    return refused('banned from the server');
  }
  return unavailable('the server ended the conversation');
}
