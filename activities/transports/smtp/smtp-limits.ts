/** The bounds of the SMTP transport: what one server, one connection and one reply may take. */
export const smtpLimits = {
  /** Connections in use at once, those being opened included. */
  connections: 5,
  /** Mails over one connection; servers count, too, and close with a 421 in the midst of a mail. */
  mailsPerConnection: 100,
  /** Milliseconds for which an unused connection is kept. */
  idleMs: 10_000,
  /** Milliseconds after which a connection takes no further mail, so that changes of DNS are followed. */
  ageMs: 60_000,
  /** Milliseconds for the server to answer on a connection that was idle; then another is opened. */
  resetMs: 3000,
  /** Milliseconds for the server to answer a QUIT. */
  quitMs: 1000,
  /** Bytes of one reply of the server, all of its lines together. */
  replyBytes: 64 * 1024,
  /** Characters of a reply that are kept with an address's standing. */
  standingLength: 500,
  /** Characters of a subject or of a name in a header. */
  headerTextLength: 500,
  /** Characters of the part of a Message-ID before the @. */
  identifierLength: 200,
} as const;
