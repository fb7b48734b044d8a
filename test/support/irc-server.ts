/**
 * The IRC servers that tests talk to: one of our own everywhere, and ngIRCd beside it where there is one or one can be
 * had. Every test of what a server does runs against each.
 */
import { findNgircd, startNgircd } from './ngircd.ts';
import { startPlainIrcServer } from './plain-irc-server.ts';
import type { TestCertificate } from './certificates.ts';

/** How a server is to be. */
export interface IrcServerOptions {
  /** What every client must give. */
  readonly password?: string;
  /** For a port with TLS. */
  readonly certificate?: TestCertificate;
}

/** A running server, on 127.0.0.1. */
export interface IrcServer {
  readonly port: number;
  /** The port with TLS, or 0. */
  readonly securePort: number;
  /** Ends it without a word to anybody. */
  readonly kill: () => Promise<void>;
}

/** A server that can be started. */
export interface IrcServerKind {
  readonly name: string;
  readonly start: (options?: IrcServerOptions) => Promise<IrcServer>;
}

let found: Promise<readonly IrcServerKind[]> | undefined;

/** The servers of this machine; looked for once. */
export function findIrcServers(): Promise<readonly IrcServerKind[]> {
  found ??= look();
  return found;
}

async function look(): Promise<readonly IrcServerKind[]> {
  const ngircd = await findNgircd();
  const plain: IrcServerKind = { name: 'a small server', start: startPlainIrcServer };
  if (ngircd === undefined) return [plain];
  return [plain, { name: 'ngIRCd', start: (options) => startNgircd(ngircd, options) }];
}
