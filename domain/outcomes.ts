/**
 * The closed list of what can come of an attempt, by a stable code, with one sentence for the hook's owner.
 * The sentences never name an address, a resolver or a secret: owners read them.
 *
 * What falls where:
 * - `delivered`: a 2xx status came within the deadline, whatever became of the body after it.
 * - `timeout`: no final status within the deadline (waiting for a free connection, connecting, a silent receiver,
 *   dripping headers, endless 1xx), or the connection attempt itself timed out.
 * - `connection_refused`: no connection could be opened at all: refused, host or network unreachable, or down.
 * - `connection_reset`: an open connection was closed or reset before a status came.
 * - `tls_error`: everything between the TCP connection and the end of the TLS handshake, a reset there included.
 * - `dns_error`: the name has no address, or the resolver failed or did not answer in its time.
 * - `blocked_address`: the name or address is not one that Holdfast may send to; nothing was sent.
 * - `protocol_error`: what came back is not the protocol that was spoken: for HTTP not HTTP/1.1, too large in its
 *   headers, or a status that ends nothing (101, 0xx, 6xx and above).
 * - `redirect`: any 3xx; it is never followed.
 * - `http_4xx`, `http_5xx`: the receiver said no, or failed.
 * - `smtp_4xx`, `smtp_5xx`: the mail server put a message off, or refused it for good; of several recipients, the worst.
 * - `irc_unavailable`: the IRC server took the connection but could not take the message now: every nick is taken, it
 *   throttles, it asks for something that may pass.
 * - `irc_refused`: the server or a room refused for good: a ban, a wrong key or password, a room for the invited.
 * - `template_error`: the hook's own template or filter could not make a message of the event; nothing was sent.
 */

/** Each outcome's sentence. */
export const outcomeSentences = {
  delivered: 'The receiver accepted the delivery.',
  timeout: 'The receiver did not answer in time.',
  connection_refused: 'No connection to the receiver could be opened.',
  connection_reset: 'The receiver closed the connection before it answered.',
  tls_error: 'No secure connection to the receiver could be made.',
  dns_error: "The receiver's host name could not be resolved.",
  blocked_address: "The receiver's address is not one that deliveries may be sent to.",
  protocol_error: 'The receiver did not answer as its protocol asks.',
  redirect: 'The receiver answered with a redirect, which is not followed.',
  http_4xx: 'The receiver refused the delivery.',
  http_5xx: 'The receiver failed to handle the delivery.',
  smtp_4xx: 'The mail server put the message off.',
  smtp_5xx: 'The mail server refused the message.',
  irc_unavailable: 'The IRC server could not take the message.',
  irc_refused: 'The IRC server or its room refused the message.',
  template_error: 'The template or filter of the hook failed.',
} as const satisfies Record<string, string>;

/** The stable code of what came of an attempt. */
export type Outcome = keyof typeof outcomeSentences;

/** Every outcome. */
export const outcomes = Object.keys(outcomeSentences) as readonly Outcome[];

/** The outcome that a receiver's final status alone decides. */
export function outcomeOfStatus(status: number): Outcome {
  if (status >= 200 && status < 300) return 'delivered';
  if (status >= 300 && status < 400) return 'redirect';
  if (status >= 400 && status < 500) return 'http_4xx';
  if (status >= 500 && status < 600) return 'http_5xx';
  return 'protocol_error';
}
