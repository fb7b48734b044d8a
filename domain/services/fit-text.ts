/**
 * Brings strangers' text to the room that a message has for it: lines, lengths, bytes.
 * What comes out never ends a line that it should not, and is never cut within a character or an escape.
 */

/** White space, control characters, and what turns the direction of the text around it. */
const breaking = /[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu;

/** Control characters but tab and line feed. */
const unprintable = /(?![\t\n])\p{Cc}/gu;

const ellipsis = '…';

/** The text in one line: line ends, control characters and runs of white space become single spaces. */
export function oneLine(text: string): string {
  return text.replace(breaking, ' ').trim();
}

/** The first line with something in it. */
export function firstLine(text: string): string {
  return oneLine(/[^\r\n\u2028\u2029]+/u.exec(text.trimStart())?.[0] ?? '');
}

/** The text with its lines kept, each ended by a line feed alone, and no control character but tabs. */
export function plainLines(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(unprintable, '').trimEnd();
}

/**
 * The text, cut where it is too long, an ellipsis saying so.
 *
 * @param most UTF-16 units of the result, 1 or more
 * @param escape what becomes of each character
 */
export function fitText(text: string, most: number, escape: (character: string) => string = same): string {
  return fit(text, most, escape, (piece) => piece.length);
}

/** The same for UTF-8 bytes, 3 or more. */
export function fitBytes(text: string, mostBytes: number): string {
  // No UTF-16 unit takes more than three bytes: most texts need no measuring.
  return text.length * 3 <= mostBytes ? text : fit(text, mostBytes, same, utf8Bytes);
}

/** How many bytes a text has in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair has two of its four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || isPaired(text, index) ? 2 : 3;
  }
  return bytes;
}

function isPaired(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (unit < 0xd800 || unit > 0xdfff) return false;
  const start = unit < 0xdc00 ? index : index - 1;
  return (text.codePointAt(start) ?? 0) > 0xffff;
}

function fit(
  text: string,
  most: number,
  escape: (character: string) => string,
  sizeOf: (piece: string) => number,
): string {
  const room = most - sizeOf(ellipsis);
  let fitted = '';
  let size = 0;
  let shortened = '';
  for (const character of text) {
    const piece = escape(character);
    size += sizeOf(piece);
    if (size > most) return shortened + ellipsis;
    fitted += piece;
    if (size <= room) shortened = fitted;
  }
  return fitted;
}

function same(character: string): string {
  return character;
}
