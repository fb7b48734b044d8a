/** Reads a request's body as it is on the wire, bounded: what is verified must be the very bytes that were sent. */
import type { IncomingMessage } from 'node:http';

/** More than any event Holdfast takes (256 KiB), with room for what a template makes of it. */
const defaultLimitBytes = 1024 * 1024;

/** Thrown when a body is larger than allowed: answer 413 and close the connection. */
export class BodyTooLargeError extends Error {
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`The body is larger than ${limitBytes} bytes`);
    this.name = 'BodyTooLargeError';
    this.limitBytes = limitBytes;
  }
}

/**
 * Reads the body. How long a sender may take is the server's to say (`requestTimeout`, five minutes by default).
 *
 * @throws BodyTooLargeError as soon as the limit is passed; the connection stays open for the answer
 * @throws TypeError when a body parser was there before, and the bytes are gone
 */
export async function readBody(
  request: IncomingMessage,
  { limitBytes = defaultLimitBytes }: { readonly limitBytes?: number | undefined } = {},
): Promise<Buffer> {
  if (request.readableDidRead)
    throw new TypeError('The body was read already, by something before the receiver');
  // Asked so that a limit that is no number lets nothing through.
  if (!(Number(request.headers['content-length'] ?? 0) <= limitBytes))
    throw new BodyTooLargeError(limitBytes);
  const chunks: Buffer[] = [];
  let bodyBytes = 0;
  // Left early, a plain loop over the request would destroy its connection, and the sender would see no answer.
  const iterator = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of iterator) {
    bodyBytes += chunk.length;
    if (!(bodyBytes <= limitBytes)) throw new BodyTooLargeError(limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
