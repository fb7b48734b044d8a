/**
 * A receiver for tests: a real HTTP server on loopback that keeps a ledger of what arrived, answers as it is told,
 * and lets a test await an arrival instead of sleeping.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that arrived. */
export interface Arrival {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly at: number;
}

/** What to answer: a status, or a function that does what it likes with the response. */
export type Answer = number | ((response: ServerResponse, arrival: Arrival) => void);

/** A running receiver. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly arrivals: readonly Arrival[];
  /** Answers from now on: in order, the last one for all that follow. 200 unless told otherwise. */
  readonly answer: (...answers: [Answer, ...Answer[]]) => void;
  /** Resolves when `count` requests have arrived that satisfy the condition; rejects after the deadline. */
  readonly arrived: (
    count: number,
    options?: { readonly where?: (arrival: Arrival) => boolean; readonly deadlineMs?: number },
  ) => Promise<readonly Arrival[]>;
  readonly stop: () => Promise<void>;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Starts a receiver. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const arrivals: Arrival[] = [];
  const watchers = new Set<() => void>();
  let answers: Answer[] = [200];
  const server = createServer((request, response) => {
    void readAll(request)
      .then((body) => {
        const arrival = { path: request.url ?? '', headers: request.headers, body, at: Date.now() };
        arrivals.push(arrival);
        const answer = (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
        if (typeof answer === 'number') response.writeHead(answer).end('noted');
        else answer(response, arrival);
        for (const watcher of watchers) watcher();
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${actual}/hook`,
    port: actual,
    arrivals,
    answer: (...next) => {
      answers = next;
    },
    arrived: (count, { where = () => true, deadlineMs = 15_000 } = {}) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const matching = arrivals.filter(where);
          if (matching.length < count) return;
          clearTimeout(deadline);
          watchers.delete(look);
          resolve(matching);
        };
        const deadline = setTimeout(() => {
          watchers.delete(look);
          reject(
            new Error(
              `${arrivals.filter(where).length} of ${count} requests arrived within ${deadlineMs} ms`,
            ),
          );
        }, deadlineMs);
        watchers.add(look);
        look();
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
