/**
 * Writes JSON that contains other JSON word for word: payloads keep their big numbers and key order in replies.
 * Never parses what it puts in.
 */
import { randomBytes } from 'node:crypto';

/** JSON text to be put into a reply as it is. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A mark that no caller can know, so that nothing in a value can pass for it. */
const mark = randomBytes(16).toString('hex');
const markPattern = new RegExp(`"${mark}:(\\d+)"`, 'g');

/** Like JSON.stringify, with every JsonText inside written as it is. */
export function stringify(value: unknown): string {
  const texts: string[] = [];
  const json = JSON.stringify(value, (_key, part: unknown) =>
    part instanceof JsonText ? `${mark}:${texts.push(part.text) - 1}` : part,
  );
  return texts.length === 0
    ? json
    : json.replace(markPattern, (_match, index: string) => texts[Number(index)] ?? 'null');
}
