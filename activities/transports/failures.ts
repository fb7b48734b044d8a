/**
 * Tells what a failure on the way to a receiver means: a stable outcome with a safe detail, or a fault of ours.
 * Error messages are never passed on: Node's name the resolved address, and TLS's quote the receiver's certificate.
 */
import { type Outcome, outcomeSentences } from '#domain/outcomes.ts';

/** A failure whose outcome is known where it arises. `detail` is ours, never text from outside. */
export class ReceiverFailure extends Error {
  readonly outcome: Outcome;
  readonly detail: string | undefined;

  constructor(outcome: Outcome, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? outcome : `${outcome}: ${detail}`, options);
    this.name = 'ReceiverFailure';
    this.outcome = outcome;
    this.detail = detail;
  }
}

/** Failures of this machine or this program; no receiver is to blame, and no attempt counts. */
const ourFaults: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOBUFS',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
]);

const resets: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTCONN']);

/** The failure of opening a TCP connection; the error itself if this machine is at fault. */
export function explainConnectError(error: Error): Error {
  const code = codeOf(error);
  if (code !== undefined && ourFaults.has(code)) return error;
  if (code === 'ETIMEDOUT') return new ReceiverFailure('timeout', code, { cause: error });
  return new ReceiverFailure('connection_refused', code, { cause: error });
}

/** The failure of a TLS handshake. */
export function explainTlsError(error: unknown): ReceiverFailure {
  return new ReceiverFailure('tls_error', codeOf(error), { cause: error });
}

/** The failure of a request on an open connection. Throws what is our own fault. */
export function explainReplyError(error: unknown): ReceiverFailure {
  if (error instanceof ReceiverFailure) return error;
  const cause = { cause: error };
  const code = codeOf(error);
  // Without a code it is undici's parser, or a bug that the reply provoked: either way the reply is to blame.
  if (code === undefined) return new ReceiverFailure('protocol_error', undefined, cause);
  if (ourFaults.has(code)) throw error;
  if (resets.has(code)) return new ReceiverFailure('connection_reset', code, cause);
  if (code === 'ETIMEDOUT') return new ReceiverFailure('timeout', code, cause);
  if (/^(ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code)) return explainTlsError(error);
  if (code === 'UND_ERR_SOCKET' && !/bad (response|upgrade)/.test(String(error))) {
    return new ReceiverFailure('connection_reset', undefined, cause);
  }
  return new ReceiverFailure('protocol_error', protocolDetails.get(code) ?? code, cause);
}

/** undici's codes that would tell an owner nothing. */
const protocolDetails: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'its length is not the one announced'],
  ['UND_ERR_SOCKET', 'an interim reply or upgrade that was not asked for'],
]);

/** A failure in words for the hook's owner. */
export function describeFailure({ outcome, detail }: ReceiverFailure): string {
  const sentence = outcomeSentences[outcome];
  return detail === undefined ? sentence : `${sentence.slice(0, -1)} (${detail}).`;
}

/** An error's code, if it is one of the usual shape; anything else could be text from outside. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
}
