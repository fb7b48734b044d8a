/** The bounds of the HTTP transport: what one connection, one reply and one process may take. */

/** Bounds that are the same for every request. */
export const httpLimits = {
  /** Milliseconds for the body after the status has come; the status alone decides what came of the attempt. */
  bodyMs: 3000,
  /** Bytes of a reply's header names and values. */
  headerBytes: 16 * 1024,
  /** Bytes from the wire that may have come without a final status among them. */
  headBytes: 32 * 1024,
  /**
   * What undici is told instead of `headerBytes`, and never reaches: past its limit it makes an error, with a stack,
   * for each header that is left in the packet, which stops this process for a third of a second per packet.
   */
  parserHeaderBytes: 1024 * 1024,
  /** Headers of a reply that are kept. */
  headersKept: 100,
  /** Interim (1xx) replies to one request. */
  interimReplies: 50,
  /** Bytes of a body that are read and thrown away to keep its connection usable. */
  bodyBytesSkipped: 64 * 1024,
  /** Bytes from the wire for one reply, framing included; it catches what the parser swallows silently. */
  wireBytes: 256 * 1024,
  /** Characters of a Retry-After header that are handed on. */
  retryAfterLength: 128,
  /**
   * Milliseconds for which an unused connection is kept. Short on purpose: servers close idle connections after two
   * seconds or more, and a POST that crosses such a closing cannot be sent again without risking a duplicate.
   */
  idleMs: 1500,
  /**
   * Milliseconds for which the first connection to an origin must have stayed open after its reply before one is used
   * again. Servers that close after each reply without saying so would otherwise lose every other delivery.
   */
  restMs: 20,
  /** Milliseconds after which a connection takes no further request, so that changes of DNS are followed. */
  ageMs: 60_000,
  /** Unused connections kept in all. */
  idleConnections: 1024,
  /** Connections in use at once to one origin in one scope. */
  socketsPerOrigin: 64,
} as const;
