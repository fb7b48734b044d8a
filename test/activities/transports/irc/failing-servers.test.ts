import assert from 'node:assert/strict';

import type { IrcTransport } from '#activities/transports/irc/irc-transport.ts';
import type { IrcMessage } from '#domain/services/service.ts';
import { createAddressGuard } from '#platform/network/address-guard.ts';
import { findFreePort } from '#platform/embedded/free-port.ts';

import { makeCertificate } from '../../../support/certificates.ts';
import { eventually } from '../../../support/eventually.ts';
import { assertTakes } from '../../../support/http-sending.ts';
import { joinIrc } from '../../../support/irc-person.ts';
import { findIrcServers, type IrcServer } from '../../../support/irc-server.ts';
import { makeIrcMessage, makeIrcTransport } from '../../../support/irc-sending.ts';
import { type IrcTap, startIrcTap, type TapRule } from '../../../support/irc-tap.ts';
import { startRawReceiver } from '../../../support/raw-receiver.ts';

const deadlineMs = 500;
const certificate = makeCertificate(['localhost']);

for (const { name, start } of await findIrcServers()) {
  describe(`the IRC transport, when ${name} fails`, () => {
    let server: IrcServer;
    let transport: IrcTransport;
    let taps: IrcTap[];

    beforeEach(async () => {
      server = await start();
      transport = makeIrcTransport();
      taps = [];
    });

    afterEach(async () => {
      await transport.close();
      assert.deepEqual(transport.counts(), { inUse: 0, waiting: 0 });
      for (const tap of taps) await tap.close();
      await server.kill();
    });

    async function tapWith(rule: TapRule): Promise<IrcTap> {
      const tap = await startIrcTap(server.port, rule);
      taps.push(tap);
      return tap;
    }

    const stages: [string, (line: string) => boolean][] = [
      ['its first word', () => true],
      ['the registration', (line) => line.startsWith('NICK ')],
      ['the entry', (line) => line.startsWith('JOIN ')],
      ['a line', (line) => line.startsWith('PRIVMSG #work ')],
    ];
    for (const [what, matches] of stages) {
      it(`gives up at the deadline on a server that hangs at ${what}`, async () => {
        const tap = await tapWith((line) => (matches(line) ? 'hold' : 'pass'));

        const reply = await assertTakes(deadlineMs, () =>
          transport.send({ message: makeIrcMessage(tap.port), timeoutMs: deadlineMs }),
        );

        assert.deepEqual([reply.outcome, reply.error], ['timeout', 'The receiver did not answer in time.']);
        await eventually('the connection is gone', () => Promise.resolve(tap.open() === 0 || undefined));
      });

      it(`tells a connection that was reset at ${what}`, async () => {
        const tap = await tapWith((line) => (matches(line) ? 'reset' : 'pass'));

        const reply = await transport.send({ message: makeIrcMessage(tap.port), timeoutMs: 5000 });

        assert.equal(reply.outcome, 'connection_reset');
      });
    }

    it('tells a server that is killed between two lines', async () => {
      const listener = await joinIrc(server.port, 'listener');
      await listener.settle('JOIN #work');
      const lines = ['one', 'two', 'three', 'four', 'five', 'six'];

      const sending = transport.send({ message: makeIrcMessage(server.port, { lines }), timeoutMs: 5000 });
      await listener.hear(/PRIVMSG #work :?four/);
      await server.kill();
      const reply = await sending;

      assert.equal(reply.outcome, 'connection_reset');
      assert.equal(listener.linesIn('#work').length, 4);
      listener.leave();
    });

    it('says nothing when too little time is left to say it all', async () => {
      const listener = await joinIrc(server.port, 'listener');
      await listener.settle('JOIN #work');
      const nickserv = await joinIrc(server.port, 'NickServ');
      const lines = ['one', 'two', 'three', 'four', 'five', 'six'];
      const message = makeIrcMessage(server.port, { lines, nickservPassword: 'hunter2' });

      const reply = await transport.send({ message, timeoutMs: 2900 });

      await listener.settle();
      assert.deepEqual(
        [reply.outcome, reply.error],
        ['timeout', 'The receiver did not answer in time (too little was left to say every line).'],
      );
      assert.deepEqual(listener.linesIn('#work'), []);
      for (const person of [listener, nickserv]) person.leave();
    });

    it('rejects with the reason of a signal that gives it up', async () => {
      const tap = await tapWith((line) => (line.startsWith('JOIN ') ? 'hold' : 'pass'));
      const stop = new AbortController();
      const reason = new Error('the worker stops');

      const sending = transport.send({
        message: makeIrcMessage(tap.port),
        timeoutMs: 5000,
        signal: stop.signal,
      });
      await eventually('it enters', () =>
        Promise.resolve(tap.lines.some((line) => line.startsWith('JOIN')) || undefined),
      );
      stop.abort(reason);

      await assert.rejects(sending, reason);
      await eventually('the connection is gone', () => Promise.resolve(tap.open() === 0 || undefined));
      await assert.rejects(
        transport.send({ message: makeIrcMessage(tap.port), timeoutMs: 5000, signal: stop.signal }),
        reason,
      );
    });

    it('opens three connections to a server at once, and the others wait inside their deadlines', async () => {
      const tap = await tapWith((line) => (line.startsWith('JOIN ') ? 'hold' : 'pass'));
      const request = { message: makeIrcMessage(tap.port), timeoutMs: 3 * deadlineMs };

      const sendings = Array.from({ length: 5 }, () => transport.send(request));
      await eventually('three have entered', () =>
        Promise.resolve(tap.lines.filter((line) => line.startsWith('JOIN')).length === 3 || undefined),
      );
      const counts = transport.counts();
      const replies = await Promise.all(sendings);

      assert.deepEqual(counts, { inUse: 3, waiting: 2 });
      assert.deepEqual(
        replies.map(({ outcome }) => outcome),
        Array(5).fill('timeout'),
      );
    });

    it('closes when all under way have ended, and then takes no more', async () => {
      const message = makeIrcMessage(server.port);

      const sendings = Array.from({ length: 5 }, () => transport.send({ message, timeoutMs: 5000 }));
      await transport.close();

      assert.deepEqual(transport.counts(), { inUse: 0, waiting: 0 });
      assert.deepEqual(
        (await Promise.all(sendings)).map(({ outcome }) => outcome),
        Array(5).fill('delivered'),
      );
      await assert.rejects(transport.send({ message, timeoutMs: 5000 }), /closed/);
    });

    it('speaks over TLS to a server that it can trust, and to no other', async () => {
      const secured = await start({ certificate });
      const trusting = makeIrcTransport({ authorities: [certificate.cert] });
      const listener = await joinIrc(secured.port, 'listener');
      await listener.settle('JOIN #work');
      const message = makeIrcMessage(secured.securePort, { server: 'localhost', secure: true });

      const trusted = await trusting.send({ message, timeoutMs: 5000 });
      const untrusted = await transport.send({ message, timeoutMs: 5000 });

      await listener.settle();
      assert.equal(trusted.outcome, 'delivered');
      assert.deepEqual(
        [untrusted.outcome, untrusted.error],
        ['tls_error', 'No secure connection to the receiver could be made (DEPTH_ZERO_SELF_SIGNED_CERT).'],
      );
      assert.equal(listener.linesIn('#work').length, 1);
      listener.leave();
      await trusting.close();
      await secured.kill();
    });
  });
}

describe('the IRC transport, without a server', () => {
  const sendTo = async (transport: IrcTransport, port: number, more: Partial<IrcMessage> = {}) => {
    const reply = await transport.send({ message: makeIrcMessage(port, more), timeoutMs: 5000 });
    await transport.close();
    return reply;
  };

  it('opens no connection to an address that is blocked, by number or by name', async () => {
    const receiver = await startRawReceiver(() => undefined);
    const guard = createAddressGuard({ allow: [] });

    const byNumber = await sendTo(makeIrcTransport({ guard }), receiver.port);
    const byName = await sendTo(makeIrcTransport({ guard }), receiver.port, { server: 'irc.example' });

    assert.deepEqual([byNumber.outcome, byName.outcome], ['blocked_address', 'blocked_address']);
    assert.equal(receiver.connections(), 0);
    await receiver.close();
  });

  it('tells a port at which nobody listens, and a name that nobody has', async () => {
    const lookup = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));

    const refused = await sendTo(makeIrcTransport(), await findFreePort(undefined));
    const unknown = await sendTo(makeIrcTransport({ lookup }), 6667, { server: 'irc.example' });

    assert.deepEqual([refused.outcome, unknown.outcome], ['connection_refused', 'dns_error']);
  });

  it('speaks to no server that answers TLS in the clear', async () => {
    const receiver = await startRawReceiver((socket) => {
      socket.once('data', () => socket.write(':irc NOTICE * :hello\r\n'));
    });

    const reply = await sendTo(makeIrcTransport(), receiver.port, { server: 'localhost', secure: true });

    assert.equal(reply.outcome, 'tls_error');
    await receiver.close();
  });

  it('closes its side though the server never does', async () => {
    let echoes = 0;
    const receiver = await startRawReceiver((socket) => {
      socket.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('USER')) socket.write(':irc 001 holdfast :hello\r\n');
        for (const [, token] of text.matchAll(/PING (\S+)/g)) {
          socket.write(`:irc PONG irc ${token}\r\n`);
          echoes += 1;
        }
        if (echoes === 2) socket.pause(); // It sees neither our QUIT nor our end.
      });
    });

    const reply = await sendTo(makeIrcTransport(), receiver.port);

    assert.equal(reply.outcome, 'delivered');
    assert.ok(reply.durationMs < 1000);
    await receiver.close();
  });
});
