/** The part of irc-framework that the IRC transport uses, which brings no types of its own. Holds no code. */
declare module 'irc-framework' {
  import type { EventEmitter } from 'node:events';

  /** One line from the server, taken apart. */
  export interface IrcLine {
    /** In upper case; three digits for a numeric. */
    readonly command: string;
    readonly params: readonly string[];
    /** Who says it: a server's name, or `nick!user@host`; empty if the line does not say. */
    readonly prefix: string;
    /** The prefix's part before the `!`; empty for a server. */
    readonly nick: string;
  }

  /** Where lines are written to and come from. It emits `open`, `line` and `close`. */
  export interface IrcTransport extends EventEmitter {
    connect(): void;
    writeLine(line: string, done?: () => void): void;
    close(force: boolean): void;
    disposeSocket(): void;
    setEncoding(encoding: string): boolean;
  }

  export interface ClientOptions {
    readonly transport: new () => IrcTransport;
    readonly nick: string;
    readonly username: string;
    readonly gecos: string;
    readonly password: string | undefined;
    readonly auto_reconnect: boolean;
    readonly ping_interval: number;
    readonly ping_timeout: number;
  }

  /** Sees each line first; what it does not hand to `next`, the library never sees. */
  export type RawMiddleware = (
    command: string,
    line: IrcLine,
    text: string,
    client: Client,
    next: () => void,
  ) => void;

  export class Client {
    readonly user: { nick: string };
    readonly network: { readonly options: Record<string, unknown> };
    readonly raw_middleware: { use(middleware: RawMiddleware): void };
    connect(options: ClientOptions): void;
    raw(...words: readonly string[]): void;
    quit(): void;
    caseCompare(one: string, other: string): boolean;
  }
}
