/**
 * Turns what came back over the wire into the value that callers store: an outcome, a safe sentence, bounded headers.
 */
import { type Outcome, outcomeOfStatus, outcomeSentences } from '#domain/outcomes.ts';

import type { Received } from './exchange.ts';
import { describeFailure, ReceiverFailure } from '../failures.ts';
import type { HttpReply, HttpTimings } from './http-messages.ts';
import type { OpeningTimes } from '../sockets/open-socket.ts';
import { boundHeaders, retryAfterOf } from './reply-headers.ts';

/** The reply for an exchange that began `startMs` (`performance.now()`) and has just ended. */
export function composeReply(
  received: Received,
  opening: OpeningTimes | undefined,
  startMs: number,
): HttpReply {
  const { status, headers } = received;
  const [outcome, error] = judge(status, received.failure);
  return {
    outcome,
    status: status ?? null,
    headers: headers === undefined ? null : boundHeaders(headers),
    body: received.body,
    truncated: received.truncated,
    error,
    durationMs: performance.now() - startMs,
    timings: { ...noTimings, ...opening, statusMs: elapsed(startMs, received.statusAtMs) },
    retryAfter: headers === undefined ? null : retryAfterOf(headers),
  };
}

/** The reply for a request that never got as far as a connection. */
export function composeTimeout(detail: string, durationMs: number): HttpReply {
  return {
    outcome: 'timeout',
    status: null,
    headers: null,
    body: Buffer.alloc(0),
    truncated: false,
    error: describeFailure(new ReceiverFailure('timeout', detail)),
    durationMs,
    timings: noTimings,
    retryAfter: null,
  };
}

const noTimings: HttpTimings = { dnsMs: null, connectMs: null, tlsMs: null, statusMs: null };

function judge(status: number | undefined, failure: ReceiverFailure | undefined): [Outcome, string | null] {
  if (status === undefined) {
    const reason = failure ?? new ReceiverFailure('protocol_error');
    return [reason.outcome, describeFailure(reason)];
  }
  const outcome = outcomeOfStatus(status);
  return [
    outcome,
    outcome === 'delivered' ? null : `${outcomeSentences[outcome].slice(0, -1)} (status ${status}).`,
  ];
}

function elapsed(startMs: number, endMs: number | undefined): number | null {
  return endMs === undefined ? null : endMs - startMs;
}
