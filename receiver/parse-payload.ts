/**
 * Reads the event out of a body, JSON or a form, as the `content_type` of a `socialgateway` hook says. For bodies whose
 * signature was verified: it never decides whether a request is good.
 */
import { headerOf, type RequestHeaders } from './request-headers.ts';

/** Thrown when a body holds no payload. Koa answers 400 by itself on its fields. */
export class PayloadError extends Error {
  readonly status = 400;
  readonly expose = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PayloadError';
  }
}

const jsonType = /^application\/(?:[\w.+-]+\+)?json$/;

/**
 * The payload of a request: the body as JSON, or the JSON in the field `payload` of a form. Its shape is not checked.
 *
 * @throws PayloadError when the body is of another type, is no UTF-8 or no JSON, or has not exactly one such field
 */
export function parsePayload(headers: RequestHeaders, bytes: Uint8Array): unknown {
  const header = headerOf(headers, 'content-type');
  const [type = ''] = (typeof header === 'string' ? header : '').split(';', 1);
  const mediaType = type.trim().toLowerCase();
  if (jsonType.test(mediaType)) return parseJson(decode(bytes));
  if (mediaType === 'application/x-www-form-urlencoded') return parseJson(payloadField(decode(bytes)));
  throw new PayloadError('The body is neither JSON nor a form');
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PayloadError('The body is not UTF-8', { cause });
  }
}

function payloadField(form: string): string {
  const [payload, ...others] = new URLSearchParams(form).getAll('payload');
  if (payload === undefined || others.length > 0) {
    throw new PayloadError('The form has not exactly one field payload');
  }
  return payload;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new PayloadError('The payload is not JSON', { cause });
  }
}
