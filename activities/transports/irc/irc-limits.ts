/** The bounds of the IRC transport: what one message may say, what one server and one process may take. */

/** Bounds that are the same for every message. */
export const ircLimits = {
  /** Lines of a message that are said; the rest is left out. */
  lines: 20,
  /** Rooms of a message. */
  rooms: 10,
  /** Bytes of a line on the wire, its end included, as the protocol has it. */
  lineBytes: 512,
  /** Bytes of a room's name, of its key, and of a server's or NickServ's password, so that each fits in a line. */
  nameBytes: 100,
  secretBytes: 300,
  /** Characters of a nick that are sent. */
  nickLength: 30,
  /** Lines that are said at once, over all rooms, before the pace begins. */
  linesAtOnce: 4,
  /** Milliseconds between two lines from then on. */
  lineEveryMs: 500,
  /** Milliseconds for NickServ to answer before the rooms are entered all the same. */
  nickservMs: 2000,
  /** Milliseconds for the server to close the connection after our QUIT; it decides nothing. */
  leaveMs: 300,
  /** Bytes of a line from the server; the protocol allows 512. */
  receivedLineBytes: 2048,
  /**
   * Bytes and lines from the server in one conversation, and PINGs among them. A long welcome and the member lists of
   * large rooms fit in; taking so many lines apart keeps this process from other work for less than a tenth of a second.
   */
  receivedBytes: 512 * 1024,
  receivedLines: 5000,
  pings: 20,
  /** Bytes of a PING's text that are sent back. */
  pingBytes: 400,
  /** Bytes and lines of what the server said that are kept. */
  transcriptBytes: 16 * 1024,
  transcriptLines: 100,
  /** Connections at once to one server, and in all; further messages wait inside their deadlines. */
  connectionsPerServer: 3,
  connections: 50,
} as const;
