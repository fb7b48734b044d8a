/** Reads the rooms of the `irc` service: `dev, #ops::password`. Nothing in a room's name or key can end a word. */
import { mask } from '../mask.ts';
import type { IrcRoom, SecretPart } from './service.ts';

/** The most rooms that a hook may speak in. */
const mostRooms = 10;

/** Characters of a name, and of a key; what servers allow is less, rarely more. */
const longest = { name: 64, key: 64 } as const;

/** The rooms in a setting, or what is wrong with it. */
export function readRooms(
  text: string,
): { readonly rooms: readonly IrcRoom[] } | { readonly message: string } {
  const rooms = splitRooms(text);
  if (rooms.length === 0) return { message: 'At least one room is required' };
  if (rooms.length > mostRooms) return { message: `At most ${mostRooms} rooms may be given` };
  if (rooms.some(({ key }) => key === mask)) return { message: 'There is no earlier password to keep' };
  return rooms.every(isPlausible)
    ? { rooms }
    : {
        message: 'A room is a name of 1 to 64 characters without spaces and colons, `::` before its password',
      };
}

/** The keys of rooms. Everything else stays as it was written. */
export const roomKeys: SecretPart = {
  hide: (text) => text.replace(/::[^,]*/gu, `::${mask}`),
  restore: (text, previous) => {
    const keys = new Map(splitRooms(previous).map(({ name, key }) => [name, key]));
    const parts = text.split(',').map((part) => {
      const { name, key } = readRoom(part.trim());
      return key === mask ? part.replace(mask, () => keys.get(name) ?? mask) : part;
    });
    return parts.join(',');
  },
};

function splitRooms(text: string): readonly IrcRoom[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(readRoom);
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
