/** A person on an IRC server, for tests: a plain client on a socket that remembers what it hears, and when. */
import { once } from 'node:events';
import { connect } from 'node:net';

/** A line from the server. */
export interface Heard {
  readonly line: string;
  /** By `performance.now()`. */
  readonly atMs: number;
}

/** A person who is on the server. */
export interface IrcPerson {
  readonly nick: string;
  /** Everything heard so far. */
  readonly heard: readonly Heard[];
  readonly send: (line: string) => void;
  /** Waits for a line that matches, from the beginning or already heard. */
  readonly hear: (pattern: RegExp) => Promise<Heard>;
  /** Sends, and waits until the server has dealt with it. */
  readonly settle: (...lines: readonly string[]) => Promise<void>;
  /** What others said to the room, in order. */
  readonly linesIn: (room: string, command?: string) => readonly Heard[];
  /** Calls back for each line said to this person. */
  readonly onPrivate: (answer: (from: string, text: string) => void | Promise<void>) => void;
  readonly leave: () => void;
}

const hearMs = 10_000;

/** Comes onto the server. */
export async function joinIrc(port: number, nick: string, password?: string): Promise<IrcPerson> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const heard: Heard[] = [];
  const listeners = new Set<(one: Heard) => void>();
  let pending = '';
  let pings = 0;
  socket.on('error', () => undefined);
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (pending + text).split('\r\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      const one = { line, atMs: performance.now() };
      heard.push(one);
      if (line.startsWith('PING ')) send(`PONG ${line.slice(5)}`);
      for (const listener of listeners) listener(one);
    }
  });
  await once(socket, 'connect');

  function send(line: string): void {
    socket.write(`${line}\r\n`);
  }

  function hear(pattern: RegExp): Promise<Heard> {
    const known = heard.find(({ line }) => pattern.test(line));
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        listeners.delete(listener);
        reject(
          new Error(`${nick} did not hear ${pattern}, but:\n${heard.map(({ line }) => line).join('\n')}`),
        );
      }, hearMs);
      const listener = (one: Heard): void => {
        if (!pattern.test(one.line)) return;
        clearTimeout(timer);
        listeners.delete(listener);
        resolve(one);
      };
      listeners.add(listener);
    });
  }

  if (password !== undefined) send(`PASS ${password}`);
  send(`NICK ${nick}`);
  send(`USER ${nick} 0 * :${nick}`);
  await hear(/^:\S+ 001 /);
  return {
    nick,
    heard,
    send,
    hear,
    settle: async (...lines) => {
      for (const line of lines) send(line);
      pings += 1;
      send(`PING settle-${pings}`);
      await hear(new RegExp(`PONG .*settle-${pings}$`));
    },
    linesIn: (room, command = 'PRIVMSG') =>
      heard.filter(({ line }) => line.split(' ')[1] === command && line.split(' ')[2] === room),
    onPrivate: (answer) => {
      listeners.add(({ line }) => {
        const [, from = '', target = '', text = ''] = /^:([^! ]+)\S* PRIVMSG (\S+) :?(.*)$/.exec(line) ?? [];
        if (target === nick) void answer(from, text);
      });
    },
    leave: () => {
      socket.destroy();
    },
  };
}
