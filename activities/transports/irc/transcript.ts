/**
 * Keeps what a person would want to know of a conversation: the nick, the rooms, and what the server had against us.
 * It never holds a password or a key, even one that the server says back, nor a control character.
 */
import { mask } from '#domain/mask.ts';
import { ircLimits } from './irc-limits.ts';
import { cutBytes } from './irc-text.ts';

/** What was kept. */
export interface Excerpt {
  readonly body: Buffer;
  /** True if there was more. */
  readonly truncated: boolean;
}

/** The record of one conversation. */
export class Transcript {
  readonly #secrets: RegExp | undefined;
  readonly #lines: string[] = [];
  #truncated = false;

  /** Takes the texts that must never be in it. */
  constructor(secrets: readonly string[]) {
    const longestFirst = [...new Set(secrets)]
      .filter((secret) => secret !== '')
      .toSorted((one, other) => other.length - one.length);
    if (longestFirst.length === 0) return;
    this.#secrets = new RegExp(longestFirst.map(escapeForPattern).join('|'), 'giu');
  }

  /** Keeps a line, if there is room for it. */
  note(line: string): void {
    if (this.#lines.length >= ircLimits.transcriptLines) {
      this.#truncated = true;
      return;
    }
    const safe = this.#secrets === undefined ? line : line.replace(this.#secrets, mask);
    this.#lines.push(safe.replace(/[\p{Cc}\u2028\u2029]/gu, escapeControl));
  }

  /** All that was kept, a line each. */
  read(): Excerpt {
    const text = this.#lines.map((line) => `${line}\n`).join('');
    const body = Buffer.from(cutBytes(text, ircLimits.transcriptBytes));
    return { body, truncated: this.#truncated || body.length < Buffer.byteLength(text) };
  }
}

function escapeControl(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
