/**
 * Sends one request over one connection and reads the reply under two deadlines: one for the status, which decides
 * what came of the attempt, and a short one for the body, which decides nothing.
 * It never keeps a socket whose reply it has not read to its end.
 */
import type { Dispatcher } from 'undici';

import { BodyPrefix } from './body-prefix.ts';
import type { Connection } from './connection.ts';
import { explainReplyError, ReceiverFailure } from '../failures.ts';
import { httpLimits } from './http-limits.ts';
import type { RawHeaders } from './reply-headers.ts';

/** A request, ready to be written. */
export interface Message {
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer;
  readonly keepBytes: number;
  /** Ends the wait for the status; a status that has come by then still counts. */
  readonly signal: AbortSignal | undefined;
}

/** What came back. */
export interface Received {
  /** The final status; undefined if none came, and then `failure` says why. */
  readonly status: number | undefined;
  readonly headers: RawHeaders | undefined;
  readonly body: Buffer;
  /** True if the body was longer than what is kept, or did not come to its end. */
  readonly truncated: boolean;
  readonly failure: ReceiverFailure | undefined;
  /** When the status came, by `performance.now()`. */
  readonly statusAtMs: number | undefined;
  /** True if the connection may carry another request. */
  readonly reusable: boolean;
}

/** Sends and reads. Rejects only for faults of ours and with the signal's reason; the rest is in the result. */
export function exchange(connection: Connection, message: Message, deadlineMs: number): Promise<Received> {
  return new Promise((resolve, reject) => {
    const reader = new ReplyReader(connection, message, deadlineMs, resolve, reject);
    const { path, headers, body } = message;
    connection.client.dispatch({ method: 'POST', path, headers, body }, reader);
  });
}

/** Follows undici's events for one request and settles once. */
class ReplyReader implements Dispatcher.DispatchHandler {
  readonly #connection: Connection;
  readonly #body: BodyPrefix;
  readonly #keepBytes: number;
  readonly #resolve: (received: Received) => void;
  readonly #reject: (fault: unknown) => void;
  readonly #signal: AbortSignal | undefined;
  #timer: NodeJS.Timeout;
  #settled = false;
  #bytesBefore = 0;
  #bytesParsed = 0;
  #interimReplies = 0;
  #status: number | undefined;
  #statusAtMs: number | undefined;
  #headers: RawHeaders | undefined;

  constructor(
    connection: Connection,
    { keepBytes, signal }: Message,
    deadlineMs: number,
    resolve: (received: Received) => void,
    reject: (fault: unknown) => void,
  ) {
    this.#connection = connection;
    this.#body = new BodyPrefix(keepBytes);
    this.#keepBytes = keepBytes;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    this.#timer = this.#startTimer(deadlineMs);
    signal?.addEventListener('abort', this.#onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled) return controller.abort(new Error('The request has ended'));
    this.#bytesBefore = this.#connection.socket?.bytesRead ?? 0;
    this.#connection.onBytes = () => this.#countBytes();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    if (this.#settled) return;
    if (status < 200) return this.#countInterim(status);
    if (sizeOf(headers) > httpLimits.headerBytes) return this.#blame('its headers are too large');
    this.#status = status;
    this.#statusAtMs = performance.now();
    this.#headers = headers;
    clearTimeout(this.#timer);
    this.#timer = this.#startTimer(httpLimits.bodyMs);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    this.#body.add(chunk);
    if (this.#body.seen > this.#keepBytes + httpLimits.bodyBytesSkipped) this.#settle(undefined, false);
  }

  onResponseEnd(): void {
    this.#settle(undefined, true);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    try {
      this.#settle(explainReplyError(error), false);
    } catch (fault) {
      this.#fail(fault);
    }
  }

  readonly #onAbort = (): void => {
    if (this.#status === undefined) this.#fail(this.#signal?.reason);
    else this.#settle(undefined, false);
  };

  /** When the loop was busy the status may be waiting unread: sockets are looked at once more before giving up. */
  #startTimer(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      setImmediate(() => this.#expire(this.#status === undefined));
    }, delayMs);
  }

  /** Ends what the timer was for: waiting for the status, unless it has come since, or reading the body. */
  #expire(forStatus: boolean): void {
    if (forStatus && this.#status !== undefined) return;
    this.#settle(new ReceiverFailure('timeout'), false);
  }

  /** Bytes that never become a status or a part of the body are counted too, before more of them are parsed. */
  #countBytes(): void {
    const bytes = (this.#connection.socket?.bytesRead ?? 0) - this.#bytesBefore;
    const inVain = this.#status === undefined ? this.#bytesParsed : 0;
    if (bytes > httpLimits.wireBytes || inVain > httpLimits.headBytes) this.#blame('it is too long');
    this.#bytesParsed = bytes;
  }

  #countInterim(status: number): void {
    this.#interimReplies += 1;
    if (status >= 100 && status !== 101 && this.#interimReplies <= httpLimits.interimReplies) return;
    this.#blame(`interim status ${status}`);
  }

  #blame(detail: string): void {
    this.#settle(new ReceiverFailure('protocol_error', detail), false);
  }

  /** A failure after the status does not undo the status: it only cuts the body. */
  #settle(failure: ReceiverFailure | undefined, complete: boolean): void {
    if (this.#settled) return;
    this.#stop();
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      body: this.#body.bytes(),
      truncated: this.#status !== undefined && (!complete || this.#body.seen > this.#keepBytes),
      failure: this.#status === undefined ? failure : undefined,
      statusAtMs: this.#statusAtMs,
      reusable: complete,
    });
  }

  #fail(fault: unknown): void {
    if (this.#settled) return;
    this.#stop();
    this.#reject(fault);
  }

  #stop(): void {
    this.#settled = true;
    this.#connection.onBytes = undefined;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    clearTimeout(this.#timer);
  }
}

/** Characters of names and values, which are bytes: HTTP/1.1 headers are Latin-1. */
function sizeOf(headers: RawHeaders): number {
  let size = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') size += name.length + value.length;
    else for (const each of value ?? []) size += name.length + each.length;
  }
  return size;
}
