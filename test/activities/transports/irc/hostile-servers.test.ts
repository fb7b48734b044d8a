import assert from 'node:assert/strict';
import type { Socket } from 'node:net';

import type { IrcTransport } from '#activities/transports/irc/irc-transport.ts';
import type { IrcMessage } from '#domain/services/service.ts';
import type { Outcome } from '#domain/outcomes.ts';

import { assertTakes } from '../../../support/http-sending.ts';
import { makeIrcMessage, makeIrcTransport } from '../../../support/irc-sending.ts';
import { type RawReceiver, startRawReceiver } from '../../../support/raw-receiver.ts';

describe('the IRC transport, of hostile servers', () => {
  let transport: IrcTransport;
  let server: RawReceiver;
  let sent: string;

  beforeEach(() => {
    transport = makeIrcTransport();
    sent = '';
  });

  afterEach(async () => {
    await transport.close();
    await server.close();
  });

  /** Sends to a server that lets the script begin once we have introduced ourselves, and echoes every PING. */
  async function sendTo(script: (socket: Socket) => void, more: Partial<IrcMessage> = {}, timeoutMs = 5000) {
    server = await startRawReceiver((socket) => {
      socket.setEncoding('utf8').on('data', (text: string) => {
        sent += text;
        if (text.includes('USER ')) script(socket);
        for (const [, token] of text.matchAll(/PING (\S+)/g)) socket.write(`:irc PONG irc ${token}\r\n`);
      });
    });
    return await transport.send({ message: makeIrcMessage(server.port, more), timeoutMs });
  }

  /** Writes over and over, as fast as it is read, until the socket is gone. */
  function writeForEver(socket: Socket, bytes: string): void {
    const pump = (): void => {
      while (!socket.destroyed && socket.write(bytes)) continue;
    };
    socket.on('drain', pump);
    pump();
  }

  const welcome = ':irc 001 holdfast :hello\r\n';
  const nonsense: [string, (socket: Socket) => void, string][] = [
    [
      'that speaks HTTP',
      (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
      'it does not speak IRC',
    ],
    ['that speaks SMTP', (socket) => socket.write('220 mail ready\r\n'), 'it does not speak IRC'],
    ['that speaks SSH', (socket) => socket.write('SSH-2.0-OpenSSH\r\n'), 'it does not speak IRC'],
    [
      'that sends bytes of any kind',
      (socket) => socket.write(Buffer.from([0x15, 3, 1, 0, 2])),
      'it sends a NUL',
    ],
    ['whose line does not end', (socket) => writeForEver(socket, 'a'.repeat(999)), 'a line does not end'],
    [
      'whose line is too long',
      (socket) => socket.write(`:irc NOTICE * :${'a'.repeat(3000)}\r\n`),
      'a line is too long',
    ],
    [
      'that never stops',
      (socket) => writeForEver(socket, ':irc NOTICE * :a\r\n'.repeat(999)),
      'it says too much',
    ],
    [
      'of long lines that never stop',
      (socket) => writeForEver(socket, `:irc NOTICE * :${'a'.repeat(900)}\r\n`),
      'it says too much',
    ],
    [
      'that never stops asking',
      (socket) => setInterval(() => socket.write('PING :a\r\n'), 1).unref(),
      'it asks too often whether we live',
    ],
    [
      'whose PING is too long',
      (socket) => socket.write(`PING :${'a'.repeat(900)}\r\n`),
      'a PING is too long',
    ],
    ['that gives no nick', (socket) => socket.write(':irc 001\r\n'), 'it gives a nick that is none'],
    [
      'that gives a long nick',
      (socket) => socket.write(`:irc 001 ${'a'.repeat(999)} :hi\r\n`),
      'it gives a nick that is none',
    ],
  ];
  for (const [what, script, detail] of nonsense) {
    it(`blames the protocol on one ${what}`, async () => {
      const reply = await sendTo(script);

      assert.deepEqual(
        [reply.outcome, reply.error],
        ['protocol_error', `The receiver did not answer as its protocol asks (${detail}).`],
      );
      assert.ok(reply.body.length <= 16 * 1024);
    });
  }

  it('bears lines that hold less than they should', async () => {
    const printed: unknown[] = [];
    const print = console.log;
    console.log = (...words: unknown[]) => printed.push(words);
    const commands = [
      '005',
      'NICK',
      'PING',
      'CAP',
      'CAP * LS',
      'KILL',
      '433',
      '404',
      'JOIN',
      'NOTICE',
      '353',
      'PONG',
      'AUTHENTICATE',
      'BATCH',
      '324',
    ];

    const replies = [];
    for (const command of commands) {
      replies.push(
        await sendTo((socket) =>
          socket.write(`${welcome}:irc 005 a CHANMODES PREFIX NAMESX\r\n:irc ${command}\r\n`),
        ),
      );
      if (command !== commands.at(-1)) await server.close();
    }
    console.log = print;

    assert.deepEqual(printed, []);
    assert.deepEqual(
      replies.map(({ outcome }, index) => [commands[index], outcome]),
      commands.map((command) => [command, command === 'NICK' ? 'protocol_error' : 'delivered']),
    );
  });

  it('answers nobody who asks for its version', async () => {
    const reply = await sendTo((socket) => {
      socket.write(
        `${welcome}:eve!e@e PRIVMSG holdfast :\x01VERSION\x01\r\n:eve!e@e PRIVMSG holdfast :\x01TIME\x01\r\n`,
      );
    });

    assert.equal(reply.outcome, 'delivered');
    assert.deepEqual(
      sent.split('\r\n').map((line) => line.split(' ')[0]),
      ['CAP', 'NICK', 'USER', 'JOIN', 'PING', 'PRIVMSG', 'PING', 'PART', 'QUIT', ''],
    );
  });

  const farewells: [string, Outcome][] = [
    ['ERROR :Closing Link: host (K-Lined)', 'irc_refused'],
    ['ERROR :Closing Link: 1.2.3.4 (*** Banned: spam)', 'irc_refused'],
    ['ERROR :Closing Link: host (Z:lined: abuse)', 'irc_refused'],
    ['ERROR :Closing Link: host (Bad Password)', 'irc_refused'],
    [':irc 465 holdfast :You are banned from this server', 'irc_refused'],
    [':irc 464 * :Password incorrect', 'irc_refused'],
    [':oper!o@o KILL holdfast :irc!oper (you are banned)', 'irc_refused'],
    [':oper!o@o KILL holdfast :irc!oper (ghosts)', 'irc_unavailable'],
    ['ERROR :Closing Link: host (Throttled: Reconnecting too fast)', 'irc_unavailable'],
    ['ERROR :Trying to reconnect too fast; you will be banned', 'irc_unavailable'],
    ['ERROR :Closing Link: host (Too many host connections (local))', 'irc_unavailable'],
    ['ERROR :Closing Link: host (Server shutting down)', 'irc_unavailable'],
    ['ERROR', 'irc_unavailable'],
  ];
  for (const [line, outcome] of farewells) {
    it(`reads "${line}" as ${outcome}`, async () => {
      const reply = await sendTo((socket) => socket.end(`${line}\r\n`));

      assert.equal(reply.outcome, outcome);
      assert.equal(reply.body.toString(), `${line}\n`);
    });
  }

  it('gives up when every nick is taken', async () => {
    const reply = await sendTo((socket) => {
      socket.on('data', () => socket.write(':irc 433 * nick :in use\r\n'));
      socket.write(':irc 433 * nick :in use\r\n');
    });

    assert.deepEqual(
      [reply.outcome, reply.error],
      ['irc_unavailable', 'The IRC server could not take the message (every nick that was tried is taken).'],
    );
    assert.equal(sent.match(/^NICK /gm)?.length, 5);
  });

  it('keeps no secret that the server says back, and no control character', async () => {
    const reply = await sendTo(
      (socket) => socket.end(`${welcome}ERROR :\x02letmein\x1b[2J\x07 HUNTER2 s.same\r\n`),
      { password: 'letmein', nickservPassword: 'hunter2', rooms: [{ name: '#work', key: 's.same' }] },
    );

    assert.equal(reply.body.toString(), 'ERROR :\\u0002********\\u001b[2J\\u0007 ******** ********\n');
  });

  it('keeps sixteen kibibytes of what the server says', async () => {
    const reply = await sendTo((socket) => {
      for (let n = 0; n < 200; n += 1) socket.write(`:irc 499 holdfast :${'é'.repeat(400)}\r\n`);
      socket.end('ERROR :bye\r\n');
    });

    assert.ok(reply.truncated && reply.body.length <= 16 * 1024 && reply.body.length > 15 * 1024);
    assert.ok(!reply.body.toString().includes('�'));
  });

  it('gives up at the deadline on one that drips', async () => {
    const reply = await assertTakes(500, () =>
      sendTo(
        (socket) => {
          const timer = setInterval(() => socket.write(':irc NOTICE * :wait\r\n'), 20);
          socket.on('close', () => clearInterval(timer));
        },
        {},
        500,
      ),
    );

    assert.equal(reply.outcome, 'timeout');
  });
});
