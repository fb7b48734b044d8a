/**
 * An HTTP server reduced to what a receiver needs, because `node:http` would take several times the processor time
 * that the sender takes and the machine is shared. Understands requests with a Content-Length only, as Holdfast sends.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { nowMs } from '../clock.ts';

/** A request. */
export interface RawRequest {
  readonly path: string;
  readonly head: string;
  readonly body: Buffer;
  /** When its first byte was read. */
  readonly atMs: number;
}

/** Answers a request by calling `reply` once, now or later. */
export type RawHandler = (request: RawRequest, reply: (status: number) => void) => void;

const headEnd = '\r\n\r\n';
const headBytesLimit = 64 * 1024;

/** Starts a server on a free port of loopback. */
export async function startRawServer(handle: RawHandler): Promise<{ server: Server; port: number }> {
  const server = createServer({ noDelay: true }, (socket) => serve(socket, handle));
  await new Promise<void>((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function serve(socket: Socket, handle: RawHandler): void {
  let pending: Buffer = Buffer.alloc(0);
  let atMs = 0;
  const reply = (status: number): void => {
    if (socket.writable) socket.write(`HTTP/1.1 ${status} -\r\nContent-Length: 0\r\n\r\n`);
  };
  // A sender that goes away is no fault of the receiver's.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    if (pending.length === 0) atMs = nowMs();
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const taken = takeRequest(pending);
      if (taken === 'incomplete') return;
      if (taken === 'malformed') {
        socket.end('HTTP/1.1 400 -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        return;
      }
      pending = pending.subarray(taken.bytes);
      handle({ path: taken.path, head: taken.head, body: taken.body, atMs }, reply);
    }
  });
}

interface TakenRequest {
  readonly path: string;
  readonly head: string;
  readonly body: Buffer;
  readonly bytes: number;
}

function takeRequest(pending: Buffer): TakenRequest | 'incomplete' | 'malformed' {
  const headBytes = pending.indexOf(headEnd);
  if (headBytes === -1) return pending.length > headBytesLimit ? 'malformed' : 'incomplete';
  const head = pending.toString('latin1', 0, headBytes);
  const path = /^[A-Z]+ (\S+) HTTP\/1\.1/.exec(head)?.[1];
  const length = headerOf(head, 'content-length');
  if (path === undefined || length === undefined) return 'malformed';
  const bodyFrom = headBytes + headEnd.length;
  const bytes = bodyFrom + Number(length);
  if (pending.length < bytes) return 'incomplete';
  return { path, head, body: pending.subarray(bodyFrom, bytes), bytes };
}

/** The value of a header in the head of a request, or undefined. */
export function headerOf(head: string, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1];
}
