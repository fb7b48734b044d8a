/**
 * One conversation with an IRC server: what is sent, and who waits for which word of the server's. Whatever ends it
 * (the server's farewell, a closed socket, nonsense, the deadline) ends every wait, and its first cause is kept.
 *
 * irc-framework introduces us, takes lines apart, knows our nick and answers PING. It is shown only the lines that this
 * needs: of others it would keep what it is told without bound, answer anybody who asks for its version, or print.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';

import { Client, type IrcLine } from 'irc-framework';

import { explainReplyError, ReceiverFailure } from '../failures.ts';
import { ircLimits } from './irc-limits.ts';
import { transportOver } from './socket-transport.ts';
import type { Transcript } from './transcript.ts';
import { judgeFarewell, judgeServerNumeric } from './verdicts.ts';

interface Waiting {
  readonly look: (line: IrcLine) => void;
  readonly fail: (error: Error) => void;
}

/** The conversation over one socket, from before our first word. */
export class Conversation {
  readonly #socket: Socket;
  readonly #transcript: Transcript;
  readonly #client = new Client();
  readonly #waiting = new Set<Waiting>();
  readonly #watching = new Set<(line: IrcLine) => void>();
  #failure: Error | undefined;
  #pings = 0;

  constructor(socket: Socket, transcript: Transcript) {
    this.#socket = socket;
    this.#transcript = transcript;
    this.#client.raw_middleware.use((_command, line, text, _client, next) => this.#hear(line, text, next));
    socket.on('error', (error) => this.#failWith(error));
    socket.on('close', () => this.fail(new ReceiverFailure('connection_reset')));
  }

  /** Our nick, as the server knows it. */
  get nick(): string {
    return this.#client.user.nick;
  }

  /** Introduces us: CAP, PASS if there is a password, NICK and USER. To be called once, and first. */
  register(nick: string, password: string | undefined): void {
    this.#client.connect({
      transport: transportOver(this.#socket, (error) => this.#failWith(error)),
      nick,
      username: 'holdfast',
      gecos: 'Holdfast',
      password,
      auto_reconnect: false,
      ping_interval: 0,
      ping_timeout: 0,
    });
  }

  /** Sends a command; its last word may hold spaces. */
  send(...words: readonly string[]): void {
    this.#client.raw(...words);
  }

  /**
   * Acts, and waits until a line tells what `read` looks for: anything but undefined. Rejects when the conversation
   * ends; when `expiry` is given, its value is the answer after so many milliseconds.
   */
  ask<Result>(
    act: () => void,
    read: (line: IrcLine) => Result | undefined,
    expiry?: { readonly ms: number; readonly value: Result },
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      const leave = (): void => {
        this.#waiting.delete(waiting);
        clearTimeout(timer);
      };
      const answer = (result: Result): void => {
        leave();
        resolve(result);
      };
      const waiting: Waiting = {
        look: (line) => {
          const result = read(line);
          if (result !== undefined) answer(result);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const timer = expiry === undefined ? undefined : setTimeout(() => answer(expiry.value), expiry.ms);
      this.#waiting.add(waiting);
      act();
    });
  }

  /** Waits; rejects when the conversation ends meanwhile. */
  async rest(ms: number): Promise<void> {
    await this.ask<void>(
      () => undefined,
      () => undefined,
      { ms, value: undefined },
    );
  }

  /** Shows every line from now on, until the function that it gives is called. */
  watch(look: (line: IrcLine) => void): () => void {
    this.#watching.add(look);
    return () => this.#watching.delete(look);
  }

  /** True if the server takes these for one name, of a room or a person. */
  isSame(one: string, other: string | undefined): boolean {
    return other !== undefined && this.#client.caseCompare(one, other);
  }

  /** Ends every wait, those to come too. The first cause counts. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const waiting of this.#waiting) waiting.fail(error);
  }

  /** Says QUIT unless the conversation has failed, waits so long for the server to close, and closes. */
  async end(waitMs: number): Promise<void> {
    if (this.#failure === undefined && waitMs > 0) {
      const closed = once(this.#socket, 'close', { signal: AbortSignal.timeout(Math.ceil(waitMs)) });
      this.#client.quit();
      this.fail(new ReceiverFailure('connection_reset', 'we left')); // What the server says to that is not heard.
      await closed.catch(() => undefined);
    }
    this.#socket.destroy();
  }

  #failWith(error: unknown): void {
    try {
      this.fail(explainReplyError(error));
    } catch (fault) {
      this.fail(fault instanceof Error ? fault : new Error(String(fault)));
    }
  }

  /** Must not throw: irc-framework would print it. */
  #hear(line: IrcLine, text: string, next: () => void): void {
    if (this.#failure !== undefined) return;
    if (line.command === 'PING') this.#pings += 1;
    const problem = this.#pings > ircLimits.pings ? 'it asks too often whether we live' : findProblem(line);
    if (problem !== undefined) {
      this.fail(new ReceiverFailure('protocol_error', problem));
      return;
    }
    if (isForLibrary(line)) next();
    if (line.command === 'CAP') this.#declineCapabilities(line);
    if (line.command === '005') this.#learnCaseMapping(line);
    if (isNotable(line)) this.#transcript.note(text);
    for (const look of this.#watching) look(line);
    for (const waiting of this.#waiting) waiting.look(line);
    this.#heedFarewell(line);
  }

  /** None is needed. The server waits with our registration until it has been told so. */
  #declineCapabilities({ params: [, subcommand, more] }: IrcLine): void {
    if (subcommand?.toUpperCase() === 'LS' && more !== '*') this.send('CAP', 'END');
  }

  #learnCaseMapping({ params }: IrcLine): void {
    const mapping = params.find((param) => param.startsWith('CASEMAPPING='));
    if (mapping !== undefined) this.#client.network.options['CASEMAPPING'] = mapping.split('=')[1];
  }

  #heedFarewell(line: IrcLine): void {
    const isFarewell = line.command === 'ERROR' || (line.command === 'KILL' && this.#isToUs(line));
    const objection = isFarewell ? judgeFarewell(line.params.at(-1) ?? '') : judgeServerNumeric(line.command);
    if (objection !== undefined) this.fail(new ReceiverFailure(objection.outcome, objection.detail));
  }

  #isToUs({ params: [target] }: IrcLine): boolean {
    return this.isSame(this.nick, target);
  }
}

/** What shows that a line is not IRC, or would harm irc-framework. Servers name themselves before every numeric. */
function findProblem({ command, params, prefix }: IrcLine): string | undefined {
  if (!/^([A-Z]{1,32}|\d{3})$/.test(command)) return 'it does not speak IRC';
  if (prefix === '' && /^\d/.test(command)) return 'it does not speak IRC';
  const [first = ''] = params;
  const last = params.at(-1) ?? '';
  if (command === 'PING')
    return Buffer.byteLength(last) > ircLimits.pingBytes ? 'a PING is too long' : undefined;
  if (command !== '001' && command !== 'NICK') return undefined;
  return first === '' || Buffer.byteLength(first) > ircLimits.nameBytes
    ? 'it gives a nick that is none'
    : undefined;
}

function isForLibrary({ command }: IrcLine): boolean {
  return command === '001' || command === 'NICK' || command === 'PING';
}

/** Farewells, and numerics against us; not that there is no message of the day, nor that CAP is not known. */
function isNotable({ command }: IrcLine): boolean {
  if (/^[459]\d\d$/.test(command)) return command !== '422' && command !== '421' && command !== '451';
  return command === 'ERROR' || command === 'KILL';
}
