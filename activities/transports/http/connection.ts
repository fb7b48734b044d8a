/**
 * One connection to a receiver: an undici client of its own, with the guarded way of opening its socket.
 * It carries one request at a time (no pipelining), so that a reply can only belong to the request under way.
 */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

import { type buildConnector, Client } from 'undici';

import { httpLimits } from './http-limits.ts';
import type { OpeningTimes, OpenSocket } from '../sockets/open-socket.ts';
import type { Target } from './target.ts';

/** A connection, or the wish for one: the client opens the socket when the first request comes. */
export class Connection {
  readonly client: Client;
  /** The socket in use, once there is one. */
  socket: Socket | undefined;
  /** How long opening took, if the present request had to open it. */
  openingTimes: OpeningTimes | undefined;
  /** When it was last given back, by `performance.now()`. */
  idleSinceMs = 0;
  /** Called whenever bytes have come, before they are parsed. */
  onBytes: (() => void) | undefined;
  /** Called when the socket is gone. */
  onGone: (() => void) | undefined;
  readonly #madeMs = performance.now();
  readonly #target: Target;
  readonly #openSocket: OpenSocket;
  readonly #dropped = new AbortController();

  constructor(target: Target, openSocket: OpenSocket) {
    this.#target = target;
    this.#openSocket = openSocket;
    this.client = new Client(target.origin, {
      connect: (_options, done) => void this.#connect(done),
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: httpLimits.parserHeaderBytes,
      // The transport has one deadline for everything; undici's timers are coarse and leave gaps between them.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: httpLimits.idleMs,
      keepAliveMaxTimeout: httpLimits.idleMs,
      keepAliveTimeoutThreshold: 1000,
    });
    this.client.on('disconnect', () => this.onGone?.());
    // undici reports what it did not expect here; unheard it would end the process.
    const emitter: EventEmitter = this.client;
    emitter.on('error', () => this.drop());
  }

  /** True if the last request left nothing behind: the socket is open, not too old, and all was taken off it. */
  isFit(): boolean {
    if (this.socket === undefined || this.socket.destroyed || this.socket.writableLength > 0) return false;
    return performance.now() - this.#madeMs < httpLimits.ageMs;
  }

  /** Ends the connection at once, even one that is being opened. */
  drop(): void {
    this.#dropped.abort();
    this.client.destroy(() => undefined);
  }

  async #connect(done: buildConnector.Callback): Promise<void> {
    try {
      const { socket, times } = await this.#openSocket(this.#target, this.#dropped.signal);
      this.socket = socket;
      this.openingTimes = times;
      socket.on('readable', () => this.onBytes?.());
      done(null, socket);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)), null);
    }
  }
}
