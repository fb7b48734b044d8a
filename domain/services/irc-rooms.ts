/** Reads the rooms of the `irc` service: `dev, #ops::password`. Nothing in a room's name or key can end a word. */
import type { IrcRoom } from './service.ts';

/** The most rooms that a hook may speak in. */
const mostRooms = 10;

/** Characters of a name, and of a key; what servers allow is less, rarely more. */
const longest = { name: 64, key: 64 } as const;

/** The rooms in a setting, or what is wrong with it. */
export function readRooms(
  text: string,
): { readonly rooms: readonly IrcRoom[] } | { readonly message: string } {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0) return { message: 'At least one room is required' };
  if (parts.length > mostRooms) return { message: `At most ${mostRooms} rooms may be given` };
  const rooms = parts.map(readRoom);
  return rooms.every(isPlausible)
    ? { rooms }
    : {
        message: 'A room is a name of 1 to 64 characters without spaces and colons, `::` before its password',
      };
}

function readRoom(text: string): IrcRoom {
  const at = text.indexOf('::');
  const given = at === -1 ? text : text.slice(0, at);
  const name = /^[#&]/u.test(given) ? given : `#${given}`;
  return at === -1 ? { name } : { name, key: text.slice(at + 2) };
}

/** A key that begins with a colon would lose it on the way. */
function isPlausible({ name, key }: IrcRoom): boolean {
  return (
    name.length >= 2 &&
    name.length <= longest.name &&
    !/[\s\p{C}:]/u.test(name) &&
    (key === undefined || (key.length <= longest.key && /^(?!:)[^\s\p{C}]+$/u.test(key)))
  );
}
