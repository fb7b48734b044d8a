import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { cleanLine } from '#activities/transports/irc/irc-text.ts';
import type { IrcMessage } from '#domain/services/service.ts';

import { findIrcServers } from '../../../support/irc-server.ts';
import { makeIrcMessage, makeIrcTransport } from '../../../support/irc-sending.ts';
import { startIrcTap } from '../../../support/irc-tap.ts';

/** Text in which what could end a line, or be taken for another word or another command, is frequent. */
const text = (unit: fc.Arbitrary<string> = fc.string({ unit: 'binary', maxLength: 12 })) =>
  fc
    .array(
      fc.oneof(
        {
          weight: 2,
          arbitrary: fc.constantFrom('\r', '\n', '\r\n', '\0', '\u0085', '\u2028', ' ', ',', ':', '\x01'),
        },
        {
          weight: 1,
          arbitrary: fc.constantFrom('QUIT', '\r\nQUIT :x\r\n', ' JOIN #evil', '0', '\x02', '\ud800', 'é'),
        },
        { weight: 2, arbitrary: unit },
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join(''));

const word = fc.string({
  unit: fc.constantFrom('a', 'b', 'C', '#', 'é', '[', ']'),
  minLength: 1,
  maxLength: 8,
});
/** Mostly harmless, so that most messages are sent. */
const mostly = (harmless: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 15, arbitrary: harmless }, { weight: 1, arbitrary: text() });

const fields = fc.record(
  {
    nick: mostly(fc.constantFrom('holdfast', 'a', 'b9', '9b', 'a!b@c')),
    password: mostly(fc.constant('let me in')),
    nickservPassword: mostly(word),
    rooms: fc.array(
      fc.record(
        { name: mostly(word.map((name) => `#${name}`)), key: mostly(word) },
        { requiredKeys: ['name'] },
      ),
      { minLength: 1, maxLength: 2 },
    ),
    join: fc.boolean(),
    notice: fc.boolean(),
    lines: fc.array(text(fc.string({ unit: 'binary', maxLength: 300 })), { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['nick', 'password', 'rooms', 'lines', 'join', 'notice'] },
);

/** The first words that the message may lead to, and how often at most. */
function allowance({ rooms, lines, notice, join, password, nickservPassword }: IrcMessage) {
  const said = rooms.length * lines.length;
  return new Map([
    ['CAP', 2],
    ['PASS', password === undefined ? 0 : 1],
    ['NICK', 5],
    ['USER', 1],
    ['JOIN', join ? rooms.length : 0],
    ['PRIVMSG', (notice ? 0 : said) + (nickservPassword === undefined ? 0 : 1)],
    ['NOTICE', notice ? said : 0],
    ['PING', 1 + (join ? rooms.length : 0)],
    ['PONG', 1],
    ['PART', join ? rooms.length : 0],
    ['QUIT', 1],
  ]);
}

/** The first words of everything from the entry on, when the message was delivered. */
function conversationOf({ rooms, lines, notice, join, nickservPassword }: IrcMessage): readonly string[] {
  const entered = new Set(rooms.map((room) => room.name)).size;
  const said = entered * lines.filter((line) => cleanLine(line) !== '').length;
  return [
    ...(nickservPassword === undefined ? [] : ['PRIVMSG']),
    ...(join ? Array.from({ length: entered }, () => ['JOIN', 'PING']).flat() : []),
    ...Array.from({ length: said }, () => (notice ? 'NOTICE' : 'PRIVMSG')),
    'PING',
    ...(join ? Array.from({ length: entered }, () => 'PART') : []),
    'QUIT',
  ];
}

for (const { name, start } of await findIrcServers()) {
  describe(`what the IRC transport writes to ${name}`, () => {
    it('is one command a line, and none that was not meant, whatever the message holds', async () => {
      const server = await start({ password: 'let me in' });
      const tap = await startIrcTap(server.port);
      const transport = makeIrcTransport();
      let spoken = 0;

      await fc.assert(
        fc.asyncProperty(fields, async (more) => {
          const from = tap.lines.length;
          const message = makeIrcMessage(tap.port, more);

          const reply = await transport.send({ message, timeoutMs: 5000 });

          const lines = tap.lines.slice(from);
          if (reply.error?.includes('cannot be written') === true) assert.deepEqual(lines, []);
          if (lines.some((line) => /^(PRIVMSG|NOTICE) #/.test(line))) spoken += 1;
          const words = lines.map((line) => line.split(' ')[0] ?? '');
          const most = allowance(message);
          for (const [command, found] of Map.groupBy(words, (one) => one)) {
            assert.ok(found.length <= (most.get(command) ?? 0), `${command} in ${JSON.stringify(lines)}`);
          }
          if (reply.outcome === 'delivered') {
            const afterIntroduction = words.filter((one) => !/^(CAP|PASS|NICK|USER|PONG)$/.test(one));
            assert.deepEqual(afterIntroduction, conversationOf(message));
          }
          for (const line of lines) {
            assert.doesNotMatch(line, /[\r\0]/);
            assert.ok(Buffer.byteLength(line) <= 510);
          }
          const rooms = new Set(message.rooms.map((room) => room.name));
          for (const line of lines.filter((one) => /^(JOIN|PART|NOTICE|PRIVMSG #)/.test(one))) {
            assert.ok(rooms.has(line.split(' ')[1] ?? ''), line);
          }
        }),
        { numRuns: 100 },
      );

      assert.ok(spoken > 20, `${spoken} messages were spoken`);
      await transport.close();
      await tap.close();
      await server.kill();
    }).timeout(60_000);

    it('is nothing when a name, a key or a password cannot be written', async () => {
      const server = await start();
      const tap = await startIrcTap(server.port);
      const transport = makeIrcTransport();
      const bad: Partial<IrcMessage>[] = [
        ...['', 'a b', 'a\r\nQUIT', ':a', 'a\0'].map((nick) => ({ nick })),
        ...['a\nQUIT', '\0', ''].map((password) => ({ password })),
        ...['a\rQUIT', ''].map((nickservPassword) => ({ nickservPassword })),
        ...['work', '', '#a,#b', '#a b', '#a\r\nQUIT', `#${'a'.repeat(200)}`].map((room) => ({
          rooms: [{ name: room }],
        })),
        ...['', 'a b', 'a,b', ':a', 'a\nQUIT'].map((key) => ({ rooms: [{ name: '#work', key }] })),
        { rooms: [] },
        { rooms: Array.from({ length: 11 }, (_, index) => ({ name: `#${index}` })) },
        { lines: [] },
        { lines: ['\r\n', ' '] },
      ];

      for (const more of bad) {
        const reply = await transport.send({ message: makeIrcMessage(tap.port, more), timeoutMs: 5000 });
        assert.equal(reply.outcome, 'irc_refused', JSON.stringify(more));
      }
      const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
      const long = await transport.send({ message: makeIrcMessage(tap.port, { lines }), timeoutMs: 5000 });

      assert.match(long.error ?? '', /too long for the time/);
      assert.deepEqual(tap.lines, []);
      await transport.close();
      await tap.close();
      await server.kill();
    });
  });
}
