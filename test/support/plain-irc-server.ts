/**
 * A small IRC server on free ports of the loopback, for machines that have no other: it registers, keeps rooms with
 * keys, bans, limits and moderation, and hands lines on, over plain TCP or TLS. It knows what the tests ask of a
 * server and no more.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

import type { IrcServer, IrcServerOptions } from './irc-server.ts';

interface Person {
  readonly socket: Socket;
  nick: string;
  password: string | undefined;
  user: string | undefined;
  isNegotiating: boolean;
  isWelcome: boolean;
}

interface Room {
  readonly name: string;
  readonly people: Set<Person>;
  readonly bans: string[];
  /** The letters of the modes that are set: i, m, n. */
  readonly modes: Set<string>;
  key: string | undefined;
  limit: number;
}

const host = 'irc.plain.test';

/** Starts the server. */
export async function startPlainIrcServer(options: IrcServerOptions = {}): Promise<IrcServer> {
  const people = new Set<Person>();
  const rooms = new Map<string, Room>();
  const sockets = new Set<Socket>();

  const listen = async (server: Server): Promise<number> => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    const person: Person = {
      socket,
      nick: '*',
      password: undefined,
      user: undefined,
      isNegotiating: false,
      isWelcome: false,
    };
    people.add(person);
    let pending = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (pending + text).split(/[\r\n]+/);
      pending = lines.pop() ?? '';
      for (const line of lines) if (line !== '' && !socket.writableEnded) obey(person, line);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      leaveAll(person, 'gone');
      people.delete(person);
    });
  };
  const servers = [createServer({ noDelay: true }, accept)];
  const port = await listen(servers[0] as Server);
  let securePort = 0;
  if (options.certificate !== undefined) {
    const secure = createTlsServer({ ...options.certificate, noDelay: true }, accept).on(
      'tlsClientError',
      () => undefined,
    );
    servers.push(secure);
    securePort = await listen(secure);
  }

  const tell = (person: Person, text: string): void => {
    if (person.socket.writable) person.socket.write(Buffer.from(`${text}\r\n`).subarray(0, 512));
  };
  const reply = (person: Person, numeric: string, ...rest: string[]): void => {
    tell(person, `:${host} ${numeric} ${person.nick} ${rest.join(' ')}`);
  };
  const maskOf = ({ nick, user = '' }: Person): string => `${nick}!~${user}@127.0.0.1`;
  const dismiss = (person: Person, reason: string): void => {
    tell(person, `ERROR :Closing connection: ${reason}`);
    person.socket.end();
  };

  function obey(person: Person, line: string): void {
    const [, command = '', rest = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    const [, head = '', tail] = /^(.*?)(?:(?:^| ):(.*))?$/.exec(rest) ?? [];
    const params = [...head.split(' ').filter((word) => word !== ''), ...(tail === undefined ? [] : [tail])];
    const act = person.isWelcome ? settled[command.toUpperCase()] : arriving[command.toUpperCase()];
    if (act === undefined) reply(person, '421', command, ':Unknown command');
    else act(person, params);
  }

  function welcome(person: Person): void {
    if (person.nick === '*' || person.user === undefined || person.isNegotiating) return;
    if (options.password !== undefined && person.password !== options.password) {
      reply(person, '464', ':Invalid password');
      dismiss(person, 'Bad password');
      return;
    }
    person.isWelcome = true;
    reply(person, '001', `:Welcome, ${maskOf(person)}`);
    reply(person, '005', 'CHANTYPES=# CASEMAPPING=ascii', ':are supported on this server');
    reply(person, '422', ':No message of the day');
  }

  function rename(person: Person, [nick = '']: readonly string[]): void {
    const taken = [...people].some((one) => one !== person && isSame(one.nick, nick));
    if (!/^[a-z[\]\\`_^{|}][a-z0-9[\]\\`_^{|}-]{0,15}$/i.test(nick)) {
      reply(person, '432', nick, ':Erroneous nickname');
    } else if (taken) reply(person, '433', nick, ':Nickname already in use');
    else if (!person.isWelcome) {
      person.nick = nick;
      welcome(person);
    }
  }

  type Act = (person: Person, params: readonly string[]) => void;

  const arriving: Readonly<Record<string, Act>> = {
    CAP: (person, [subcommand]) => {
      person.isNegotiating = subcommand !== 'END';
      if (subcommand === 'LS') tell(person, `:${host} CAP * LS :multi-prefix`);
      else welcome(person);
    },
    PASS: (person, [password]) => {
      person.password = password;
    },
    NICK: rename,
    USER: (person, [user]) => {
      person.user = user;
      welcome(person);
    },
  };

  const settled: Readonly<Record<string, Act>> = {
    PING: (person, [token = '']) => tell(person, `:${host} PONG ${host} :${token}`),
    PONG: () => undefined,
    JOIN: join,
    PART: (person, [name = '']) => {
      const room = rooms.get(name.toLowerCase());
      if (room?.people.has(person) !== true) return reply(person, '442', name, ':Not on that channel');
      announce(room, `:${maskOf(person)} PART ${room.name}`);
      room.people.delete(person);
    },
    MODE: setMode,
    PRIVMSG: (person, [target = '', text]) => say(person, 'PRIVMSG', target, text),
    NOTICE: (person, [target = '', text]) => say(person, 'NOTICE', target, text),
    NICK: rename,
    QUIT: (person) => {
      leaveAll(person, 'Quit');
      dismiss(person, 'Quit');
    },
  };

  function join(person: Person, [name = '', key]: readonly string[]): void {
    if (!/^#[^,]/.test(name)) return reply(person, '403', name, ':No such channel');
    const made: Room = {
      name,
      people: new Set(),
      bans: [],
      modes: new Set(['n']),
      key: undefined,
      limit: Infinity,
    };
    const room = rooms.get(name.toLowerCase()) ?? made;
    if (room.people.has(person)) return;
    const isBanned = room.bans.some((mask) => isSame(mask.split('!')[0] ?? '', person.nick));
    if (isBanned) return reply(person, '474', name, ':Cannot join channel (+b)');
    if (room.modes.has('i')) return reply(person, '473', name, ':Cannot join channel (+i)');
    if (room.key !== undefined && room.key !== key) {
      return reply(person, '475', name, ':Cannot join channel (+k)');
    }
    if (room.people.size >= room.limit) return reply(person, '471', name, ':Cannot join channel (+l)');
    rooms.set(name.toLowerCase(), room);
    room.people.add(person);
    announce(room, `:${maskOf(person)} JOIN :${room.name}`);
    reply(person, '353', '=', room.name, `:${[...room.people].map(({ nick }) => nick).join(' ')}`);
    reply(person, '366', room.name, ':End of NAMES list');
  }

  function setMode(person: Person, [name = '', mode = '', argument = '']: readonly string[]): void {
    const room = rooms.get(name.toLowerCase());
    if (room === undefined) return reply(person, '403', name, ':No such channel');
    if (mode === '+k') room.key = argument;
    else if (mode === '+l') room.limit = Number(argument);
    else if (mode === '+b') room.bans.push(argument);
    else if (mode.startsWith('+')) room.modes.add(mode.slice(1));
    else room.modes.delete(mode.slice(1));
    announce(room, `:${maskOf(person)} MODE ${room.name} ${mode} ${argument}`);
  }

  function say(person: Person, command: string, target: string, text: string | undefined): void {
    if (text === undefined || text === '') return reply(person, '412', ':No text to send');
    const room = rooms.get(target.toLowerCase());
    const line = `:${maskOf(person)} ${command} ${room?.name ?? target} :${text}`;
    const [other] = [...people].filter(({ nick }) => isSame(nick, target));
    if (room !== undefined) {
      const isOutside = !room.people.has(person) && room.modes.has('n');
      if (isOutside || room.modes.has('m')) return reply(person, '404', target, ':Cannot send to channel');
      for (const one of room.people) if (one !== person) tell(one, line);
    } else if (target.startsWith('#')) reply(person, '403', target, ':No such channel');
    else if (other === undefined) reply(person, '401', target, ':No such nick');
    else tell(other, line);
  }

  function announce(room: Room, line: string): void {
    for (const one of room.people) tell(one, line);
  }

  function leaveAll(person: Person, reason: string): void {
    for (const room of rooms.values()) {
      if (room.people.delete(person)) announce(room, `:${maskOf(person)} QUIT :${reason}`);
    }
  }

  const kill = async (): Promise<void> => {
    for (const socket of sockets) socket.resetAndDestroy();
    await Promise.all(servers.filter((one) => one.listening).map((one) => once(one.close(), 'close')));
  };
  return { port, securePort, kill };
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
