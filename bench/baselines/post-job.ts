/** The POST of the baselines: signed, by undici over kept connections, the reply read whole. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { nowMs } from '../clock.ts';
import { signedHeaders } from '../load/signed-headers.ts';
import type { Attempt } from './attempts.ts';
import { concurrentJobs, type Job } from './baseline.ts';

/** Posts jobs. */
export interface Poster {
  /** Posts one; throws when it is not answered 2xx, which no baseline of the bench ever is by a sound receiver. */
  readonly post: (job: Job) => Promise<Attempt>;
  readonly close: () => Promise<void>;
}

const deadlineMs = 30_000;

/** Makes a poster. */
export function createPoster(): Poster {
  const secret = randomUUID();
  const dispatcher = new Agent({
    connections: concurrentJobs,
    pipelining: 1,
    headersTimeout: deadlineMs,
    bodyTimeout: deadlineMs,
  });
  return {
    post: async ({ id, url, body }) => {
      const startedMs = nowMs();
      const headers = signedHeaders(secret, id, body);
      const reply = await request(url, { method: 'POST', dispatcher, headers, body });
      const responseBody = Buffer.from(await reply.body.arrayBuffer());
      if (reply.statusCode >= 300) throw new Error(`${url} answered ${reply.statusCode}`);
      return {
        id,
        statusCode: reply.statusCode,
        requestHeaders: JSON.stringify(headers),
        responseHeaders: JSON.stringify(reply.headers),
        responseBody,
        durationMs: nowMs() - startedMs,
      };
    },
    close: () => dispatcher.close(),
  };
}
