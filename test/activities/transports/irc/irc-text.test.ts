import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { cleanLine, cutBytes, fitLine } from '#activities/transports/irc/irc-text.ts';

import { joinIrc } from '../../../support/irc-person.ts';
import { findIrcServers } from '../../../support/irc-server.ts';
import { makeIrcMessage, makeIrcTransport } from '../../../support/irc-sending.ts';

const kinds = await findIrcServers();

describe('the text of an IRC line', () => {
  it('keeps formatting codes and has spaces for all other control characters', () => {
    const line = '\x02a\x0304b\x0f\x16\x1d\x1f c\r\nd\0e\x01f\x07g\x7fh\u0085i\u2028j\t';

    assert.equal(cleanLine(line), '\x02a\x0304b\x0f\x16\x1d\x1f c  d e f g h i j');
  });

  it('is cut between characters, never inside one', () => {
    const anyText = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(anyText, fc.nat(80), (text, most) => {
        const cut = cutBytes(text, most);

        assert.ok(text.startsWith(cut) && Buffer.byteLength(cut) <= most);
        const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
        assert.ok(cut === text || Buffer.byteLength(cut + next) > most);
      }),
    );
  });

  it('leaves room for the name that the server puts before it', () => {
    const fitted = fitLine('é'.repeat(400), 'PRIVMSG', 'holdfast', '#work');
    const longest = `:holdfast!~${'u'.repeat(9)}@${'h'.repeat(63)} PRIVMSG #work :${fitted}\r\n`;

    assert.ok(Buffer.byteLength(longest) <= 512 && Buffer.byteLength(longest) > 509);
  });

  for (const { name, start } of kinds) {
    it(`reaches others whole through ${name}, however long the line was`, async () => {
      const server = await start();
      const listener = await joinIrc(server.port, 'listener');
      await listener.settle('JOIN #work');
      const transport = makeIrcTransport();
      const message = makeIrcMessage(server.port, { lines: ['é'.repeat(500)] });

      const reply = await transport.send({ message, timeoutMs: 5000 });

      await listener.settle();
      assert.equal(reply.outcome, 'delivered');
      const [heard] = listener.linesIn('#work');
      assert.match(heard?.line ?? '', /:é{150,250}$/);
      await transport.close();
      listener.leave();
      await server.kill();
    });
  }
});
