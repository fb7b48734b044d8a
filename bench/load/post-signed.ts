/**
 * The yardstick: what one signed POST costs a Node process that does nothing else. Sends with undici over kept
 * connections, signs each body with HMAC-SHA256, and reads its own processor time.
 */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { nowMs } from '../clock.ts';
import { signedHeaders } from './signed-headers.ts';

/** What to post. */
export interface PostPlan {
  readonly url: string;
  readonly posts: number;
  readonly bodyBytes: number;
  readonly connections: number;
}

/** What it cost. */
export interface PostCost {
  /** Milliseconds of processor time a post. */
  readonly cpuMs: number;
  readonly perSecond: number;
}

const secret = randomUUID();

/** Posts so many signed bodies, as fast as the connections allow. */
export async function postSigned({ url, posts, bodyBytes, connections }: PostPlan): Promise<PostCost> {
  const dispatcher = new Agent({ connections, pipelining: 1 });
  const body = Buffer.alloc(bodyBytes, 'x');
  let left = posts;
  const post = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const id = randomUUID();
      const headers = signedHeaders(secret, id, body);
      const reply = await request(url, { method: 'POST', dispatcher, headers, body });
      await reply.body.dump();
    }
  };
  const before = process.cpuUsage();
  const startedMs = nowMs();
  await Promise.all(Array.from({ length: connections }, post));
  const { user, system } = process.cpuUsage(before);
  const perSecond = (posts * 1000) / (nowMs() - startedMs);
  await dispatcher.close();
  return { cpuMs: (user + system) / 1000 / posts, perSecond };
}
