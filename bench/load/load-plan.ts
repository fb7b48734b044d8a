/** What the generator is to send, what it answers, and the payloads it makes. Shared by the bench and the generator. */
import { createHash } from 'node:crypto';

/** What to send, to whom, and when. */
export interface LoadPlan {
  readonly apiUrl: string;
  readonly token: string;
  readonly repository: { readonly owner: string; readonly name: string };
  readonly events: number;
  /** Requests a second; undefined sends all at once, as fast as the connections take them. */
  readonly perSecond?: number;
  /** Events in one request to the batch route; undefined sends each through the single-event route. */
  readonly batchSize?: number;
  readonly connections: number;
  readonly payloadBytes: number;
}

/** One request to the API. */
export interface SentRequest {
  readonly dueMs: number;
  readonly startedMs: number;
  readonly endedMs: number;
  /** The reply's status; 0 when there was none. */
  readonly status: number;
}

/** One event that was accepted. */
export interface AcceptedEvent {
  /** Which of the requests carried it. */
  readonly request: number;
  readonly sha256: string;
  readonly deliveries: readonly string[];
}

/** What was sent. */
export interface LoadOutcome {
  readonly requests: readonly SentRequest[];
  readonly accepted: readonly AcceptedEvent[];
  /** Events that were not accepted. */
  readonly refused: number;
  /** Why, for the first few. */
  readonly refusals: readonly string[];
}

/** The event type that the bench sends: its payload may be of any size. */
export const benchEventType = 'star.added';

/** A payload of about the given size, different for each index. */
export function makePayload(
  { owner, name }: LoadPlan['repository'],
  index: number,
  payloadBytes: number,
): string {
  const payload = {
    repository: { id: '1', owner, name, url: `https://example.com/${owner}/${name}` },
    sender: { id: '7', username: owner },
    index,
    filler: '',
  };
  const fillerBytes = Math.max(0, payloadBytes - JSON.stringify(payload).length);
  return JSON.stringify({ ...payload, filler: 'x'.repeat(fillerBytes) });
}

/** The digest by which the receiver's ledger knows a body. */
export function digestOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
