/**
 * Makes text fit for a line of IRC. Nothing that leaves here holds a CR, an LF or a NUL, so that nothing can end its
 * line and begin a command of its own.
 */
import { ircLimits } from './irc-limits.ts';

/** Bytes by which others may know us longer than we do: `~holdfast` and the longest host name that servers show. */
const userAndHostBytes = 10 + 63;

/** A line to be said: formatting codes (bold, colour, reset, reverse, italic, underline) stay, all else of the kind is a space. */
export function cleanLine(line: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  return line.replace(/(?![\x02\x03\x0f\x16\x1d\x1f])[\p{Cc}\u2028\u2029]/gu, ' ').trimEnd();
}

/** The line cut to what others receive whole: the server puts our name before it, and the room's. */
export function fitLine(line: string, command: string, nick: string, room: string): string {
  const around = `:${nick}!@ ${command} ${room} :\r\n`;
  return cutBytes(line, ircLimits.lineBytes - Buffer.byteLength(around) - userAndHostBytes);
}

/** The first bytes of the text, never a part of a character. */
export function cutBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return bytes.toString();
  let end = most;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** True for a text that is one word of a command, and cannot be taken for several or for the last. */
export function isWord(text: string, mostBytes: number): boolean {
  return /^[^:\s\p{Cc}][^\s\p{Cc}]*$/u.test(text) && Buffer.byteLength(text) <= mostBytes;
}

/** True for a text that can stand at the end of a command, spaces and all. */
export function isTail(text: string, mostBytes: number): boolean {
  return /^\P{Cc}+$/u.test(text) && Buffer.byteLength(text) <= mostBytes;
}
