/** Which nicks are tried when the server does not take the one that was asked for. Never a nick without bound. */
import { randomInt } from 'node:crypto';

import { ircLimits } from './irc-limits.ts';

/** Characters of a nick that every server takes. */
const plainLength = 9;

/** The nicks to be tried, one by one. */
export class Nicks {
  /** Likenesses of the nick, to be skipped when the server dislikes its characters or its length. */
  readonly #alike: string[];
  /** Plain and short, so that digits added at the end are not cut off. */
  readonly #plain: string[];

  constructor(nick: string) {
    this.#alike = [nick, `${nick}_`, `${nick}__`].map((one) => one.slice(0, ircLimits.nickLength));
    this.#plain = [plainNick(nick), plainNick(nick)];
  }

  /** The next one; undefined when all were tried. The last was `invalid` if the server said that it is not a nick. */
  next(invalid: boolean): string | undefined {
    if (invalid) this.#alike.length = 0;
    return this.#alike.shift() ?? this.#plain.shift();
  }
}

function plainNick(nick: string): string {
  const letters = nick.replace(/[^a-z0-9]/gi, '').replace(/^\d+/, '');
  const stem = letters === '' ? 'hook' : letters.slice(0, plainLength - 3);
  return `${stem}${randomInt(100, 1000)}`;
}
