/**
 * Opens one TCP or TLS connection to addresses that were already vetted; it resolves nothing and judges nothing.
 * A failure is a `ReceiverFailure`, except where this machine is at fault.
 */
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';

import { explainConnectError, explainTlsError, ReceiverFailure } from '../failures.ts';
import { socketLimits } from './socket-limits.ts';
import type { SocketTarget } from './socket-target.ts';

/** A socket that can carry requests, and when TCP stood, by `performance.now()`. */
export interface ConnectedSocket {
  readonly socket: Socket;
  readonly connectedMs: number;
}

/** Connects. Settles only when the socket can carry a request or is destroyed; the signal gives it up. */
export function connectSocket(
  target: SocketTarget,
  addresses: readonly string[],
  signal: AbortSignal,
  trust: SecureContext | undefined,
): Promise<ConnectedSocket> {
  return new Promise((resolve, reject) => {
    let connectedMs: number | undefined;
    const options = tcpOptions(target, addresses);
    const socket =
      trust === undefined ? connectTcp(options) : connectTls({ ...options, ...tlsOptions(target, trust) });
    const giveUp = (): void => {
      socket.destroy(new ReceiverFailure('timeout', 'while connecting'));
    };
    const timer = setTimeout(giveUp, socketLimits.connectMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('connect', () => {
      connectedMs = performance.now();
    });
    socket.once(trust === undefined ? 'connect' : 'secureConnect', () => {
      settle();
      resolve({ socket, connectedMs: connectedMs ?? performance.now() });
    });
    // This listener stays for the socket's life: an error that nobody hears would end the process.
    socket.on('error', (error) => {
      settle();
      reject(explain(error, connectedMs !== undefined));
    });
  });
}

function explain(error: Error, connected: boolean): Error {
  if (error instanceof ReceiverFailure) return error;
  return connected ? explainTlsError(error) : explainConnectError(error);
}

/** `lookup` hands out the vetted addresses and nothing else; for a literal host it is never asked. */
function tcpOptions({ host, port }: SocketTarget, addresses: readonly string[]) {
  const pinned = addresses
    .slice(0, socketLimits.addressesTried)
    .map((address) => ({ address, family: isIP(address) }));
  const [first] = pinned;
  const lookup: LookupFunction = (_host, { all }, done) => {
    if (all === true) done(null, pinned);
    else done(null, first?.address ?? '', first?.family);
  };
  const attempts = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: socketLimits.connectEachMs };
  return { host, port, lookup, noDelay: true, keepAlive: true, ...(pinned.length > 1 ? attempts : {}) };
}

/** Certificates are verified whatever the environment says, unless the hook itself asks otherwise. */
function tlsOptions({ host, insecureTls, alpn }: SocketTarget, secureContext: SecureContext) {
  const servername = isIP(host) === 0 ? host.replace(/\.$/, '') : '';
  const protocols = alpn === undefined ? {} : { ALPNProtocols: [...alpn] };
  return { secureContext, servername, rejectUnauthorized: !insecureTls, ...protocols };
}
