/**
 * The small receiver that `npm start` and the demo run, so that a first event has somewhere to arrive.
 * Listens on loopback only, verifies every signature, and can be told to fail.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifySignature } from '#receiver/verify-signature.ts';

/** What arrived. */
export interface Arrival {
  readonly event: string;
  readonly deliveryId: string;
  readonly body: Buffer;
  readonly verified: boolean;
  /** The status it was answered with. */
  readonly status: number;
}

/** A running receiver. */
export interface FirstReceiver {
  readonly url: string;
  /** The secret to verify with, once the hook has one. */
  setSecret: (secret: string) => void;
  /** Answers the next `count` requests with 503. */
  failNext: (count: number) => void;
  readonly stop: () => Promise<void>;
}

const bodyLimit = 1024 * 1024;

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyLimit) throw new Error(`A body of more than ${bodyLimit} bytes arrived`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Starts the receiver on a free port of loopback. */
export async function startFirstReceiver(onArrival: (arrival: Arrival) => void): Promise<FirstReceiver> {
  let secret = '';
  let failures = 0;
  const server = createServer((request, response) => {
    void readAll(request)
      .then((body) => {
        const verified = verifySignature(body, request.headers['x-sigmagit-signature'], secret);
        const status = failures > 0 ? 503 : verified ? 200 : 401;
        failures = Math.max(0, failures - 1);
        response.writeHead(status).end();
        onArrival({
          event: String(request.headers['x-sigmagit-event']),
          deliveryId: String(request.headers['webhook-id']),
          body,
          verified,
          status,
        });
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    setSecret: (text) => {
      secret = text;
    },
    failNext: (count) => {
      failures = count;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
