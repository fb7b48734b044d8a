/**
 * A receiver as a middleware for Koa, to be put in front of what handles deliveries and never behind a body parser.
 * It knows Koa by the shape of its context, and needs none of it installed.
 */
import type { IncomingMessage } from 'node:http';
import { createGate } from './gate.ts';
import type { ReceiverOptions } from './receiver-options.ts';

/** As much of Koa's context as is used. */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly state: object;
  status: number;
  body: unknown;
  readonly set: (name: string, value: string) => void;
}

/**
 * Makes the middleware. What comes after it finds the delivery in `context.state.delivery` and takes it over: a status
 * of success (2xx) when it is done says that it was handled, anything else or an error that it comes again.
 *
 * It answers 204 to repeats of what was handled, 401 to what is not signed, 403 to addresses that may not call, 405 to
 * other methods, 413 to bodies over the limit, 503 to a repeat of what is being handled.
 *
 * @throws TypeError or RangeError for options that are none
 */
export function createKoaReceiver(
  options: ReceiverOptions,
): (context: KoaContext, next: () => Promise<unknown>) => Promise<void> {
  const gate = createGate(options);
  return async (context, next) => {
    const admission = await gate(context.req);
    if (admission.kind === 'answer') {
      for (const [name, value] of Object.entries(admission.headers)) context.set(name, value);
      context.status = admission.status;
      if (admission.text !== '') context.body = admission.text;
      return;
    }
    const { delivery, claim } = admission;
    Object.assign(context.state, { delivery });
    try {
      await next();
    } catch (error) {
      await claim.release();
      throw error;
    }
    if (context.status >= 200 && context.status < 300) await claim.complete();
    else await claim.release();
  };
}
