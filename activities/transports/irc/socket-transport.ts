/**
 * Lets irc-framework speak over a socket that was opened, vetted and secured before. It opens nothing itself, and
 * writes nothing that is not exactly one line: the last bar before the wire, whatever was cleaned before.
 */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

import type { IrcTransport } from 'irc-framework';

import { ircLimits } from './irc-limits.ts';
import { LineReader } from './line-reader.ts';

/** The class that irc-framework makes its transport with. What goes wrong while lines are read goes to `onError`. */
export function transportOver(socket: Socket, onError: (error: unknown) => void): new () => IrcTransport {
  return class SocketTransport extends EventEmitter implements IrcTransport {
    readonly #reader = new LineReader();

    connect(): void {
      socket.on('data', (bytes: Buffer) => {
        try {
          for (const line of this.#reader.read(bytes)) this.emit('line', line);
        } catch (error) {
          onError(error);
        }
      });
      this.emit('open');
    }

    writeLine(line: string, done?: () => void): void {
      if (/[\r\n\0]/.test(line) || Buffer.byteLength(line) > ircLimits.lineBytes - 2) {
        throw new Error('A line for the IRC server holds another, or is too long');
      }
      if (socket.writable) socket.write(`${line}\r\n`, () => done?.());
      else done?.();
    }

    close(force: boolean): void {
      if (force) socket.destroy();
      else socket.end();
    }

    disposeSocket(): void {
      socket.destroy();
    }

    setEncoding(encoding: string): boolean {
      return encoding === 'utf8';
    }
  };
}
