/** Where a connection leads and how it is secured, whatever it will carry. */
export interface SocketTarget {
  /** A name or an address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
  /** True for TLS from the first byte. */
  readonly secure: boolean;
  /** True to accept any certificate. */
  readonly insecureTls: boolean;
  /** The protocols offered in the TLS handshake; none unless given. */
  readonly alpn?: readonly string[];
}
