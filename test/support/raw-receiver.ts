/**
 * A receiver made of bare sockets, on a free port of the loopback, for replies that no HTTP library would send.
 * It counts what arrives, so that a test can prove that nothing did.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A running receiver. */
export interface RawReceiver {
  readonly port: number;
  /** `http://127.0.0.1:port` or, over TLS, `https://localhost:port`. */
  readonly url: string;
  /** TCP connections accepted so far, whatever came of them. */
  readonly connections: () => number;
  /** Sockets open now. */
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

/** Starts a receiver that hands each connection to the script. */
export async function startRawReceiver(
  script: (socket: Socket) => void,
  tls?: TlsOptions,
): Promise<RawReceiver> {
  const server: Server = tls === undefined ? createServer() : createTlsServer(tls);
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    socket.on('error', () => undefined);
    script(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    connections: () => connections,
    open: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Calls back for each request whose head and body (by Content-Length) have arrived whole on the socket. */
export function onRequest(socket: Socket, answer: (text: string, index: number) => void): void {
  let pending = '';
  let index = 0;
  socket.on('data', (chunk: Buffer) => {
    pending += chunk.toString('latin1');
    for (;;) {
      const headEnd = pending.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(pending.slice(0, headEnd))?.[1] ?? 0);
      const end = headEnd + 4 + length;
      if (pending.length < end) return;
      const text = pending.slice(0, end);
      pending = pending.slice(end);
      answer(text, index);
      index += 1;
    }
  });
}

/** A receiver that answers every request with these bytes, and then does what `after` says. */
export function startScriptedReceiver(
  reply: string | Buffer,
  after?: (socket: Socket) => void,
): Promise<RawReceiver> {
  return startRawReceiver((socket) => {
    onRequest(socket, () => {
      socket.write(typeof reply === 'string' ? Buffer.from(reply, 'latin1') : reply);
      after?.(socket);
    });
  });
}

/** A plain reply. */
export const okReply = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
