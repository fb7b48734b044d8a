import assert from 'node:assert/strict';

import type { IrcTransport } from '#activities/transports/irc/irc-transport.ts';
import type { IrcMessage } from '#domain/services/service.ts';

import { joinIrc, type IrcPerson } from '../../../support/irc-person.ts';
import { findIrcServers, type IrcServer } from '../../../support/irc-server.ts';
import { makeIrcMessage, makeIrcTransport } from '../../../support/irc-sending.ts';

const refusal = 'The IRC server or its room refused the message';
const delay = 'The IRC server could not take the message';

for (const { name, start } of await findIrcServers()) {
  describe(`the IRC transport, of ${name}`, () => {
    let server: IrcServer;
    let transport: IrcTransport;
    let listener: IrcPerson;

    beforeEach(async () => {
      server = await start();
      transport = makeIrcTransport();
      listener = await joinIrc(server.port, 'listener');
      await listener.settle('JOIN #work', 'MODE #work +n');
    });

    afterEach(async () => {
      await transport.close();
      listener.leave();
      await server.kill();
    });

    const send = (more: Partial<IrcMessage> = {}, timeoutMs = 10_000) =>
      transport.send({ message: makeIrcMessage(server.port, more), timeoutMs });

    const textsIn = (room: string, command?: string) =>
      listener.linesIn(room, command).map(({ line }) => line.slice(line.indexOf(' :') + 2));

    it('says the lines in a room, in order, and leaves', async () => {
      const lines = ['[hello] octocat pushed 2 commits', '\x0303one\x0f', ':two …'];

      const reply = await send({ lines });

      await listener.hear(/^:holdfast\S* PART/);
      assert.deepEqual(textsIn('#work'), lines);
      assert.equal(reply.outcome, 'delivered');
      assert.deepEqual(
        [reply.status, reply.headers, reply.error, reply.truncated],
        [null, null, null, false],
      );
      assert.equal(reply.body.toString(), 'Nick: holdfast\nRooms: #work\n');
      assert.deepEqual(transport.counts(), { inUse: 0, waiting: 0 });
    });

    it('says four lines at once and then one every half second, over all rooms', async () => {
      await listener.settle('JOIN #other');

      await send({ rooms: [{ name: '#work' }, { name: '#other' }], lines: ['one', 'two', 'three'] });

      const times = [...listener.linesIn('#work'), ...listener.linesIn('#other')].map(({ atMs }) => atMs);
      const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
      assert.equal(times.length, 6);
      assert.ok(
        gaps.slice(0, 3).every((ms) => ms < 250),
        `${gaps.join()} begin at once`,
      );
      assert.ok(
        gaps.slice(3).every((ms) => ms > 450 && ms < 800),
        `${gaps.join()} go on slowly`,
      );
    });

    it('sends notices when asked', async () => {
      const reply = await send({ notice: true, lines: ['one', 'two'] });

      await listener.settle();
      assert.equal(reply.outcome, 'delivered');
      assert.deepEqual([textsIn('#work', 'NOTICE'), textsIn('#work')], [['one', 'two'], []]);
    });

    it('speaks from outside when asked not to enter', async () => {
      await listener.settle('MODE #work -n');

      const reply = await send({ join: false });

      await listener.settle();
      assert.equal(reply.outcome, 'delivered');
      assert.deepEqual(textsIn('#work'), ['[hello] one']);
      assert.ok(!listener.heard.some(({ line }) => /^:holdfast\S* JOIN/.test(line)));
    });

    it('is refused where those outside may not speak', async () => {
      const reply = await send({ join: false });

      assert.deepEqual(
        [reply.outcome, reply.error],
        ['irc_refused', `${refusal} (404, not allowed to speak in a room).`],
      );
      assert.match(reply.body.toString(), /^Nick: holdfast\nRooms: #work\n:\S+ 404 holdfast #work :.+\n$/);
    });

    it('enters a room with its key', async () => {
      await listener.settle('MODE #work +k sesame');

      const reply = await send({ rooms: [{ name: '#work', key: 'sesame' }] });

      await listener.settle();
      assert.equal(reply.outcome, 'delivered');
      assert.deepEqual(textsIn('#work'), ['[hello] one']);
    });

    const closed: [string, string, IrcMessage['rooms'][number], string, string][] = [
      [
        'whose key is another',
        '+k sesame',
        { name: '#work', key: 'wrong' },
        '475, wrong key of a room',
        refusal,
      ],
      ['where it is banned', '+b holdfast!*@*', { name: '#work' }, '474, banned from a room', refusal],
      ['for the invited', '+i', { name: '#work' }, '473, a room is for the invited', refusal],
      ['that is full', '+l 1', { name: '#work' }, '471, a room is full', delay],
      ['where it has no voice', '+m', { name: '#work' }, '404, not allowed to speak in a room', refusal],
    ];
    for (const [what, mode, room, detail, sentence] of closed) {
      it(`is not heard in a room ${what}`, async () => {
        await listener.settle(`MODE #work ${mode}`);

        const reply = await send({ rooms: [room] });

        await listener.settle();
        const outcome = sentence === refusal ? 'irc_refused' : 'irc_unavailable';
        assert.deepEqual([reply.outcome, reply.error], [outcome, `${sentence} (${detail}).`]);
        assert.match(reply.body.toString(), new RegExp(`:\\S+ ${detail.slice(0, 3)} holdfast #work `));
        assert.ok(!/sesame|wrong/.test(reply.body.toString()));
        assert.deepEqual(textsIn('#work'), []);
      });
    }

    it('is heard in the rooms that take it, once, when another refuses for good', async () => {
      await listener.settle('JOIN #closed', 'MODE #closed +i');

      const reply = await send({ rooms: [{ name: '#closed' }, { name: '#work' }] });

      await listener.settle();
      assert.equal(reply.outcome, 'irc_refused');
      assert.match(reply.body.toString(), /\nRooms: #work\n/);
      assert.deepEqual([textsIn('#work'), textsIn('#closed')], [['[hello] one'], []]);
    });

    it('is heard in no room while one is full, so that the repeat says nothing twice', async () => {
      await listener.settle('JOIN #full', 'MODE #full +l 1', 'JOIN #closed', 'MODE #closed +i');

      const reply = await send({ rooms: [{ name: '#closed' }, { name: '#full' }, { name: '#work' }] });

      await listener.settle();
      assert.equal(reply.outcome, 'irc_unavailable');
      assert.deepEqual(textsIn('#work'), []);
    });

    it('says a line once in a room that is named twice', async () => {
      const reply = await send({ rooms: [{ name: '#work' }, { name: '#Work' }] });

      await listener.settle();
      assert.equal(reply.outcome, 'delivered');
      assert.deepEqual(textsIn('#work'), ['[hello] one']);
    });

    it('takes another nick when its own is in use', async () => {
      const others = await Promise.all(['holdfast', 'holdfast_'].map((nick) => joinIrc(server.port, nick)));

      const reply = await send();

      await listener.hear(/^:holdfast__!\S+ PRIVMSG #work /);
      assert.deepEqual([reply.outcome, reply.error], ['delivered', null]);
      assert.match(reply.body.toString(), /^:\S+ 433 .+\n:\S+ 433 .+\nNick: holdfast__\n/);
      for (const other of others) other.leave();
    });

    it('takes a plain nick when the server finds its own invalid', async () => {
      const reply = await send({ nick: '9repository-hooks!' });

      await listener.hear(/^:reposi\d{3}!\S+ PRIVMSG #work /);
      assert.equal(reply.outcome, 'delivered');
      assert.match(reply.body.toString(), /^:\S+ 432 .+\nNick: reposi/);
    });

    it('identifies before it enters, and enters once NickServ has answered', async () => {
      const nickserv = await joinIrc(server.port, 'NickServ');
      const heard = new Promise<readonly string[]>((resolve) => {
        nickserv.onPrivate(async (from, text) => {
          nickserv.send(`NOTICE ${from} :This nickname is registered, please identify.`);
          await nickserv.settle();
          await listener.settle();
          const entries = listener.heard.filter(({ line }) => line.startsWith(`:${from}!`));
          nickserv.send(`NOTICE ${from} :You are now identified.`);
          resolve([text, ...entries.map(({ line }) => line)]);
        });
      });

      const reply = await send({ nickservPassword: 'hunter2' });

      assert.equal(reply.outcome, 'delivered');
      assert.deepEqual(await heard, ['IDENTIFY hunter2']);
      assert.ok(reply.durationMs < 1900, 'the answer ends the wait');
      nickserv.leave();
    });

    it('identifies for the nick that it asked for when it got another', async () => {
      const other = await joinIrc(server.port, 'holdfast');
      const nickserv = await joinIrc(server.port, 'NickServ');
      const asked = new Promise<string>((resolve) => {
        nickserv.onPrivate((from, text) => {
          nickserv.send(`NOTICE ${from} :Password accepted.`);
          resolve(`${from} ${text}`);
        });
      });

      await send({ nickservPassword: 'hunter2' });

      assert.equal(await asked, 'holdfast_ IDENTIFY holdfast hunter2');
      for (const person of [nickserv, other]) person.leave();
    });

    it('enters after two seconds when NickServ is silent, and at once when there is none', async () => {
      const without = await send({ nickservPassword: 'hunter2' });
      const nickserv = await joinIrc(server.port, 'NickServ');
      const silent = await send({ nickservPassword: 'hunter2' });

      assert.deepEqual([without.outcome, silent.outcome], ['delivered', 'delivered']);
      assert.ok(without.durationMs < 1900 && silent.durationMs >= 1990 && silent.durationMs < 3500);
      nickserv.leave();
    });

    it("gives the server's password, and is refused for good with another", async () => {
      const guarded = await start({ password: 'letmein' });
      const right = makeIrcMessage(guarded.port, { password: 'letmein' });
      const wrong = makeIrcMessage(guarded.port, { password: 'opensesame' });

      const taken = await transport.send({ message: right, timeoutMs: 5000 });
      const refused = await transport.send({ message: wrong, timeoutMs: 5000 });

      assert.deepEqual([taken.outcome, refused.outcome], ['delivered', 'irc_refused']);
      assert.match(refused.error ?? '', /wrong password/);
      assert.ok(!refused.body.includes('opensesame'));
      await guarded.kill();
    });
  });
}
