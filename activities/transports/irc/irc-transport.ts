/**
 * Says messages on IRC, each over a connection of its own. Whatever a server does, or fails to do, comes back as a
 * value within the deadline; only faults of ours are thrown. It accepts no insecure certificate and opens no
 * connection that the guard does not permit.
 */
import type { IrcMessage } from '#domain/services/service.ts';
import type { AddressGuard } from '#platform/network/address-guard.ts';
import { createNameLookup, type NameLookup } from '#platform/network/name-lookup.ts';

import { describeFailure, ReceiverFailure } from '../failures.ts';
import type { Reply } from '../reply.ts';
import { createSends } from '../sends.ts';
import { createOpenSocket, type OpenSocket } from '../sockets/open-socket.ts';
import { findProblem } from './check-message.ts';
import { Conversation } from './conversation.ts';
import { ircLimits } from './irc-limits.ts';
import { createPlaces, type PlaceCounts } from './places.ts';
import { speak } from './speak.ts';
import { Transcript } from './transcript.ts';

/** One message to be said. */
export interface IrcRequest {
  readonly message: IrcMessage;
  /** Milliseconds for everything, from the call on. */
  readonly timeoutMs: number;
  /** Gives it up when the process must stop; `send` then rejects with its reason, unless the server has taken all. */
  readonly signal?: AbortSignal | undefined;
}

/** The transport. */
export interface IrcTransport {
  send(request: IrcRequest): Promise<Reply>;
  /** Takes no more messages and waits for those under way. */
  close(): Promise<void>;
  /** For gauges and tests. */
  counts(): PlaceCounts;
}

/** What `createIrcTransport` needs. */
export interface IrcTransportOptions {
  readonly guard: AddressGuard;
  readonly lookup?: NameLookup | undefined;
  /** Certificates (PEM) of the authorities to trust instead of Node's own. */
  readonly authorities?: readonly string[] | undefined;
}

/** Makes the transport that a process uses for all of its messages. */
export function createIrcTransport(options: IrcTransportOptions): IrcTransport {
  const { guard, lookup = createNameLookup(), authorities } = options;
  const openSocket = createOpenSocket({ guard, lookup, authorities });
  const places = createPlaces({ perServer: ircLimits.connectionsPerServer, inAll: ircLimits.connections });
  const sends = createSends<Reply>('IRC');

  async function attempt({ message, timeoutMs, signal }: IrcRequest): Promise<Reply> {
    signal?.throwIfAborted();
    const startMs = performance.now();
    const transcript = new Transcript(secretsOf(message));
    const problem = findProblem(message, timeoutMs);
    if (problem !== undefined) {
      return composeReply(new ReceiverFailure('irc_refused', problem), transcript, startMs);
    }
    const server = `${message.server.toLowerCase()} ${message.port}`;
    const free = await places.take(server, timeoutMs, signal);
    if (free === undefined) {
      return composeReply(new ReceiverFailure('timeout', 'no connection became free'), transcript, startMs);
    }
    try {
      const failure = await converse(openSocket, message, transcript, startMs + timeoutMs, signal);
      return composeReply(failure, transcript, startMs);
    } finally {
      free();
    }
  }

  return {
    send: (request) => sends.begin(() => attempt(request)),
    close: sends.end,
    counts: places.counts,
  };
}

/** Connects, speaks and closes. Gives the failure, if there was one; throws faults of ours and the signal's reason. */
async function converse(
  openSocket: OpenSocket,
  message: IrcMessage,
  transcript: Transcript,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<ReceiverFailure | undefined> {
  const over = new AbortController();
  const giveUp = (): void => over.abort();
  const timer = setTimeout(giveUp, Math.max(1, deadlineMs - performance.now()));
  signal?.addEventListener('abort', giveUp);
  let conversation: Conversation | undefined;
  try {
    const { server: host, port, secure } = message;
    const { socket } = await openSocket({ host, port, secure, insecureTls: false }, over.signal);
    const begun = new Conversation(socket, transcript);
    conversation = begun;
    const stop = (): void => begun.fail(new ReceiverFailure('timeout'));
    if (over.signal.aborted) stop();
    else over.signal.addEventListener('abort', stop);
    await speak(begun, message, deadlineMs, transcript);
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ReceiverFailure) return error;
    throw error;
  } finally {
    const waitMs = over.signal.aborted ? 0 : Math.min(ircLimits.leaveMs, deadlineMs - performance.now());
    await conversation?.end(waitMs);
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

function composeReply(failure: ReceiverFailure | undefined, transcript: Transcript, startMs: number): Reply {
  return {
    outcome: failure?.outcome ?? 'delivered',
    status: null,
    headers: null,
    ...transcript.read(),
    error: failure === undefined ? null : describeFailure(failure),
    durationMs: performance.now() - startMs,
    retryAfter: null,
  };
}

function secretsOf({ password = '', nickservPassword = '', rooms }: IrcMessage): readonly string[] {
  return [password, nickservPassword, ...rooms.map(({ key = '' }) => key)];
}
