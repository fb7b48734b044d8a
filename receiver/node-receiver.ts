/**
 * A receiver for plain `node:http`: verifies each request, hands the delivery over, answers. The answer is a success
 * only after the delivery was handled, because Holdfast never sends again what was answered so.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGate, type Admission, type Gate, type GateAnswer } from './gate.ts';
import { PayloadError } from './parse-payload.ts';
import type { Delivery, ReceiverOptions } from './receiver-options.ts';

/** What a receiver on plain Node is told beside the rest. */
export interface NodeReceiverOptions extends ReceiverOptions {
  /** Hears of what was thrown while a delivery was handled. A process warning unless given. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Takes a delivery over: puts it where it is safe, then returns, within the hook's timeout. Thrown errors are answered
 * 500 (a `PayloadError` 400), and the delivery comes again.
 */
export type DeliveryHandler = (delivery: Delivery) => void | Promise<void>;

/**
 * Makes the listener for `createServer`, or for one path of a server.
 *
 * It answers 204 to what was handled and to repeats of it, 401 to what is not signed, 403 to addresses that may not
 * call, 405 to other methods, 413 to bodies over the limit, 503 to a repeat of what is being handled.
 *
 * @throws TypeError or RangeError for options that are none
 */
export function createReceiver(
  options: NodeReceiverOptions,
  handle: DeliveryHandler,
): (request: IncomingMessage, response: ServerResponse) => void {
  const gate = createGate(options);
  const { onError = warn } = options;
  return (request, response) => {
    receive(gate, handle, request).then(
      (answer) => write(response, answer),
      (error: unknown) => {
        if (error instanceof PayloadError) return write(response, failure(400, `${error.message}.`));
        write(response, failure(500, 'The delivery was not handled.'));
        return onError(error);
      },
    );
  };
}

async function receive(gate: Gate, handle: DeliveryHandler, request: IncomingMessage): Promise<GateAnswer> {
  const admission = await gate(request);
  if (admission.kind === 'answer') return admission;
  await handleClaimed(admission, handle);
  return { kind: 'answer', status: 204, headers: {}, text: '' };
}

async function handleClaimed({ delivery, claim }: Admission, handle: DeliveryHandler): Promise<void> {
  try {
    await handle(delivery);
  } catch (error) {
    await claim.release();
    throw error;
  }
  await claim.complete();
}

function failure(status: number, text: string): GateAnswer {
  return { kind: 'answer', status, headers: {}, text };
}

function write(response: ServerResponse, { status, headers, text }: GateAnswer): void {
  const type = text === '' ? {} : { 'Content-Type': 'text/plain; charset=utf-8' };
  response.writeHead(status, { ...headers, ...type }).end(text);
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}
