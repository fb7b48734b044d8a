/**
 * Carries out a load plan against the API: makes every request beforehand, sends each when it is due over a bounded
 * number of kept connections, and reads which deliveries were promised.
 */
import { Agent, request } from 'undici';
import { nowMs } from '../clock.ts';
import {
  benchEventType,
  digestOf,
  makePayload,
  type AcceptedEvent,
  type LoadOutcome,
  type LoadPlan,
} from './load-plan.ts';
import { dueTimes, runOpenLoop } from './open-loop.ts';

interface PreparedRequest {
  readonly path: string;
  readonly body: string;
  /** Digests of the events in it. */
  readonly digests: readonly string[];
}

interface Answer {
  readonly status: number;
  /** The deliveries of each event in order, or why there are none. */
  readonly events: readonly (readonly string[] | string)[];
}

/** A reply that takes longer is counted as none. */
const replyDeadlineMs = 60_000;

/** From the last preparation to the first due moment. */
const leadMs = 20;

const refusalsShown = 5;

/** Sends what the plan says. */
export async function sendLoad(plan: LoadPlan): Promise<LoadOutcome> {
  const prepared = prepare(plan);
  const agent = new Agent({
    connections: plan.connections,
    pipelining: 1,
    headersTimeout: replyDeadlineMs,
    bodyTimeout: replyDeadlineMs,
  });
  const headers = { authorization: `Bearer ${plan.token}`, 'content-type': 'application/json' };
  try {
    const dues = dueTimes(nowMs() + leadMs, prepared.length, plan.perSecond);
    const timed = await runOpenLoop(dues, (index) =>
      send(agent, plan.apiUrl, prepared[index] as PreparedRequest, headers),
    );
    return {
      requests: timed.map(({ answer, ...times }) => ({ ...times, status: answer.status })),
      ...readAnswers(
        prepared,
        timed.map(({ answer }) => answer),
      ),
    };
  } finally {
    await agent.close();
  }
}

function prepare({ repository, events, batchSize, payloadBytes }: LoadPlan): readonly PreparedRequest[] {
  const { owner, name } = repository;
  const payloads = Array.from({ length: events }, (_, index) => makePayload(repository, index, payloadBytes));
  if (batchSize === undefined) {
    const path = `/api/repositories/${owner}/${name}/events/${benchEventType}`;
    return payloads.map((body) => ({ path, body, digests: [digestOf(body)] }));
  }
  return Array.from({ length: Math.ceil(events / batchSize) }, (_, batch) => {
    const texts = payloads.slice(batch * batchSize, (batch + 1) * batchSize);
    const items = texts.map((payloadText) => ({
      repository: `${owner}/${name}`,
      type: benchEventType,
      payloadText,
    }));
    return { path: '/api/events', body: JSON.stringify(items), digests: texts.map(digestOf) };
  });
}

async function send(
  dispatcher: Agent,
  apiUrl: string,
  { path, body, digests }: PreparedRequest,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  try {
    const reply = await request(`${apiUrl}${path}`, { method: 'POST', dispatcher, headers, body });
    const text = await reply.body.text();
    return { status: reply.statusCode, events: readReceipts(reply.statusCode, text, digests.length) };
  } catch (error) {
    return { status: 0, events: digests.map(() => String(error)) };
  }
}

interface Receipt {
  readonly status?: number;
  readonly deliveries?: readonly { readonly id: string }[];
  readonly error?: string;
}

/** Both routes' replies: one receipt for an event, or a list with one for each. */
function readReceipts(status: number, text: string, events: number): Answer['events'] {
  if (status >= 300) return Array.from({ length: events }, () => `${status} ${text.slice(0, 200)}`);
  const { data } = JSON.parse(text) as { readonly data: Receipt | readonly Receipt[] };
  const receipts = Array.isArray(data) ? (data as readonly Receipt[]) : [data as Receipt];
  return receipts.map(
    ({ deliveries, error }) => deliveries?.map(({ id }) => id) ?? `refused: ${error ?? 'no reason'}`,
  );
}

function readAnswers(
  prepared: readonly PreparedRequest[],
  answers: readonly Answer[],
): Pick<LoadOutcome, 'accepted' | 'refused' | 'refusals'> {
  const accepted: AcceptedEvent[] = [];
  const refusals: string[] = [];
  for (const [index, { events }] of answers.entries()) {
    for (const [position, event] of events.entries()) {
      if (typeof event === 'string') refusals.push(event);
      else {
        const sha256 = prepared[index]?.digests[position] ?? '';
        accepted.push({ request: index, sha256, deliveries: event });
      }
    }
  }
  return { accepted, refused: refusals.length, refusals: refusals.slice(0, refusalsShown) };
}
