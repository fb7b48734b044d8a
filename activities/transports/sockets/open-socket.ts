/**
 * Opens the only sockets over which deliveries leave, and only to addresses that the guard permits.
 * The name is resolved here, all of its addresses are vetted, and the connection is pinned to those: nothing
 * downstream resolves again. Address literals are judged here too, because `net.connect` asks no lookup for them, and
 * so is the peer's address once connected. What cannot be resolved or read is not connected to.
 */
import { isIP, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';

import type { AddressGuard } from '#platform/network/address-guard.ts';
import type { NameLookup } from '#platform/network/name-lookup.ts';

import { connectSocket } from './connect-socket.ts';
import { ReceiverFailure } from '../failures.ts';
import { socketLimits } from './socket-limits.ts';
import type { SocketTarget } from './socket-target.ts';

/** How long each step of opening a connection took, in milliseconds; null for steps that were not needed. */
export interface OpeningTimes {
  readonly dnsMs: number | null;
  readonly connectMs: number;
  readonly tlsMs: number | null;
}

/** An open connection, secured if the target asks for it. */
export interface OpenedSocket {
  readonly socket: Socket;
  readonly times: OpeningTimes;
}

/** Opens a connection, or rejects with a `ReceiverFailure`; the signal gives it up. */
export type OpenSocket = (target: SocketTarget, signal: AbortSignal) => Promise<OpenedSocket>;

/** What `createOpenSocket` needs. */
export interface OpenSocketDeps {
  readonly guard: AddressGuard;
  readonly lookup: NameLookup;
  /** Certificates (PEM) of the authorities to trust instead of Node's own. */
  readonly authorities: readonly string[] | undefined;
}

/** Makes the function that opens connections. */
export function createOpenSocket({ guard, lookup, authorities }: OpenSocketDeps): OpenSocket {
  let trust: SecureContext | undefined;

  return async function openSocket(target, signal) {
    const startMs = performance.now();
    const addresses = await findAddresses(target.host, lookup, signal);
    if (!guard.permitsHost(target.host, addresses)) throw new ReceiverFailure('blocked_address');
    if (signal.aborted) throw new ReceiverFailure('timeout');
    const resolvedMs = performance.now();
    if (target.secure) trust ??= createTrust(authorities);
    const { socket, connectedMs } = await connectSocket(
      target,
      addresses,
      signal,
      target.secure ? trust : undefined,
    );
    assertPeer(socket, target, guard);
    const times = {
      dnsMs: isIP(target.host) === 0 ? resolvedMs - startMs : null,
      connectMs: connectedMs - resolvedMs,
      tlsMs: target.secure ? performance.now() - connectedMs : null,
    };
    return { socket, times };
  };
}

/** The last look: pinning makes a wrong peer impossible, unless a later Node resolves in a new way. */
function assertPeer(socket: Socket, { host }: SocketTarget, guard: AddressGuard): void {
  const peer = socket.remoteAddress;
  if (peer !== undefined && guard.permitsHost(host, [peer])) return;
  socket.destroy();
  throw new ReceiverFailure(peer === undefined ? 'connection_reset' : 'blocked_address');
}

/** Whom TLS trusts, and nothing older than 1.2: the authorities given, else Node's own. */
export function createTrust(authorities: readonly string[] | undefined): SecureContext {
  const chosen = authorities === undefined ? {} : { ca: [...authorities] };
  return createSecureContext({ minVersion: 'TLSv1.2', ...chosen });
}

/** The host itself if it is an address, else what the lookup finds in its time. */
async function findAddresses(
  host: string,
  lookup: NameLookup,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const addresses = await new Promise<readonly string[]>((resolve, reject) => {
    const giveUp = (): void => reject(new ReceiverFailure('dns_error', 'ETIMEDOUT'));
    const timer = setTimeout(giveUp, socketLimits.dnsMs);
    signal.addEventListener('abort', giveUp, { once: true });
    lookup(host)
      .then(resolve, (error: unknown) => reject(explainLookupError(error)))
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      });
  });
  if (addresses.length === 0) throw new ReceiverFailure('dns_error', 'ENODATA');
  return addresses;
}

function explainLookupError(error: unknown): ReceiverFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new ReceiverFailure('dns_error', /^[A-Z]{1,20}$/.test(code) ? code : undefined, { cause: error });
}
