/**
 * Reads a Retry-After header (RFC 9110 §10.2.3): whole seconds or an HTTP date.
 * Never throws: what is neither is ignored, because receivers send garbage.
 */

const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Milliseconds to wait, or null when the header says nothing usable. A date in the past means 0.
 *
 * @param header the header's text; null when absent
 * @param nowMs the present, in milliseconds since the epoch
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null || header.length > 40) return null;
  const text = header.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  if (!httpDate.test(text)) return null;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
}

/** Milliseconds in a chat service's own reply, `{"retry_after": seconds}`; null when it says no such thing. */
export function retryAfterInBody(body: string): number | null {
  try {
    const { retry_after: seconds } = JSON.parse(body) as { readonly retry_after?: unknown };
    if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= 1e7)) return null;
    return Math.ceil(seconds * 1000);
  } catch {
    return null;
  }
}
