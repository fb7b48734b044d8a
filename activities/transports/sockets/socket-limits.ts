/** The bounds of opening a connection, whatever it will carry. */
export const socketLimits = {
  /** Milliseconds for a name's addresses. */
  dnsMs: 5000,
  /** Milliseconds for TCP and TLS together; the message's own deadline may be nearer. */
  connectMs: 10_000,
  /** Milliseconds for one address, when a name has several, before the next is tried. */
  connectEachMs: 1000,
  /** Addresses of a name that are tried. All are vetted, tried or not. */
  addressesTried: 6,
} as const;
