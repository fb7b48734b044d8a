/**
 * Decides whether a request reaches whoever handles deliveries, and what it is answered if not. Knows `node:http` only;
 * what surrounds it (plain Node, Koa) gives the answers. Never lets a body be parsed before it was verified.
 */
import type { IncomingMessage } from 'node:http';
import { createAllowList } from './allow-list.ts';
import { clientAddress } from './client-address.ts';
import { createVerifier } from './create-verifier.ts';
import {
  createDeliveryMemory,
  defaultKeepSeconds,
  type Claim,
  type DeliveryMemory,
} from './delivery-memory.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';
import type { Delivery, ReceiverOptions } from './receiver-options.ts';
import { defaultToleranceSeconds } from './verify-standard-request.ts';

/** An answer to be given as it is. */
export interface GateAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A sentence for the sender; empty for 204. */
  readonly text: string;
}

/** A delivery to be handled: its claim is to be completed after that, or released. */
export interface Admission {
  readonly kind: 'admission';
  readonly delivery: Delivery;
  readonly claim: Extract<Claim, { readonly kind: 'new' }>;
}

/** Lets a request in, or says what it is to be answered. */
export type Gate = (request: IncomingMessage) => Promise<Admission | GateAnswer>;

/** Ids are kept, so they are bounded. */
const idCharactersAtMost = 256;

/**
 * Makes a gate.
 *
 * @throws TypeError or RangeError for options that are none
 */
export function createGate(options: ReceiverOptions): Gate {
  const { allowFrom, trustedProxies = [], limitBytes, toleranceSeconds = defaultToleranceSeconds } = options;
  if (limitBytes !== undefined && !(limitBytes >= 0))
    throw new RangeError(`Not a number of bytes: ${limitBytes}`);
  const findFault = createVerifier(options);
  const allowed = allowFrom === undefined ? undefined : createAllowList(allowFrom);
  const proxies = createAllowList(trustedProxies);
  // Longer than an attempt from a clock that is ahead could be sent again.
  const keepSeconds = Math.max(defaultKeepSeconds, 2 * toleranceSeconds + 60);
  const memory = options.memory ?? createDeliveryMemory({ keepSeconds });

  return async (request) => {
    if (request.method !== 'POST') return refuse(405, 'Only POST is answered here.', { Allow: 'POST' });
    if (allowed !== undefined && !allowed.has(clientAddress(request, { trustedProxies: proxies }))) {
      return refuse(403, 'This address may not call here.', closing);
    }
    const body = await readOrRefuse(request, limitBytes);
    if (!Buffer.isBuffer(body)) return body;
    const fault = findFault(body, request.headers);
    if (fault !== undefined) return refuse(401, fault);
    return admit(request, body, await claimOf(request, memory));
  };
}

/** The body stays unread, so the connection is of no more use. */
const closing = { Connection: 'close' };

function refuse(status: number, text: string, headers: Readonly<Record<string, string>> = {}): GateAnswer {
  return { kind: 'answer', status, headers, text };
}

async function readOrRefuse(
  request: IncomingMessage,
  limitBytes: number | undefined,
): Promise<Buffer | GateAnswer> {
  try {
    return await readBody(request, { limitBytes });
  } catch (error) {
    if (error instanceof BodyTooLargeError) return refuse(413, `${error.message}.`, closing);
    // The sender is gone: nobody will read this.
    if (request.readableAborted) return refuse(400, 'The body did not come whole.', closing);
    throw error;
  }
}

function admit(request: IncomingMessage, body: Buffer, claim: Claim): Admission | GateAnswer {
  if (claim.kind !== 'new') {
    return claim.kind === 'done'
      ? { kind: 'answer', status: 204, headers: {}, text: '' }
      : // Not a success: the try that is being handled may still fail, and then this one is needed.
        refuse(503, 'This delivery is being handled already.', { 'Retry-After': '10' });
  }
  const { headers } = request;
  const event = textOf(request, 'x-sigmagit-event') ?? textOf(request, 'x-github-event');
  return { kind: 'admission', claim, delivery: { id: idOf(request), event, headers, body } };
}

/** A request without an id cannot be known again; it is always new. */
async function claimOf(request: IncomingMessage, memory: DeliveryMemory): Promise<Claim> {
  const id = idOf(request);
  return id === undefined
    ? { kind: 'new', complete: () => undefined, release: () => undefined }
    : memory.claim(id);
}

/** Holdfast says the same id in both. */
function idOf(request: IncomingMessage): string | undefined {
  const id = textOf(request, 'webhook-id') ?? textOf(request, 'x-github-delivery');
  return id !== undefined && id !== '' && id.length <= idCharactersAtMost ? id : undefined;
}

function textOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
