/**
 * Reads a request's body under a limit and a deadline. Refuses compressed bodies:
 * what is signed later are the bytes that came, and a small body must not become a large one.
 */
import type { IncomingMessage } from 'node:http';
import { getRawBody } from 'raw-body';
import { Refusal } from '#domain/refusals.ts';

/** The bytes of a body; 413 when there are more than the limit, 415 when they are compressed. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Refusal(
      'unsupported_media_type',
      `Content-Encoding ${JSON.stringify(encoding)} is not accepted`,
    );
  }
  try {
    return await getRawBody(request, {
      limit: limitBytes,
      length: request.headers['content-length'] ?? null,
    });
  } catch (error) {
    const { type } = error as { type?: unknown };
    if (type === 'entity.too.large') {
      request.resume();
      throw new Refusal('payload_too_large', `The body may have at most ${limitBytes} bytes`);
    }
    if (request.destroyed || type === 'request.aborted' || type === 'request.size.invalid') {
      throw new Refusal('bad_request', 'The body ended before it was complete');
    }
    throw error;
  }
}
