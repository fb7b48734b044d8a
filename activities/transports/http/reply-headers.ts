/**
 * Cuts a reply's headers to what may be stored and shown. They are text from a stranger: control characters, which
 * PostgreSQL would refuse or a log would obey, are written out.
 */
import type { ReplyHeaders } from '../reply.ts';
import { httpLimits } from './http-limits.ts';

/** Headers as undici parses them: lower-case names, a list where a name came more than once. */
export type RawHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Keeps headers until one of the bounds is reached and drops the rest. */
export function boundHeaders(headers: RawHeaders): ReplyHeaders {
  const kept: [string, string | string[]][] = [];
  let count = 0;
  let length = 0;
  for (const [rawName, raw] of Object.entries(headers)) {
    const name = escapeControls(rawName);
    const values: string[] = [];
    for (const rawValue of typeof raw === 'string' ? [raw] : (raw ?? [])) {
      const value = escapeControls(rawValue);
      count += 1;
      length += name.length + value.length;
      if (count > httpLimits.headersKept || length > httpLimits.headerBytes) break;
      values.push(value);
    }
    const [only] = values;
    if (only !== undefined) kept.push([name, values.length === 1 ? only : values]);
    if (count > httpLimits.headersKept || length > httpLimits.headerBytes) break;
  }
  return Object.fromEntries(kept); // Not assigned one by one: a header may be called __proto__.
}

/** The first Retry-After header, or null. What it means is the domain's matter. */
export function retryAfterOf(headers: RawHeaders): string | null {
  const raw = headers['retry-after'];
  const first = typeof raw === 'string' ? raw : raw?.[0];
  return first === undefined ? null : escapeControls(first).slice(0, httpLimits.retryAfterLength);
}

function escapeControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- Control characters are what this looks for.
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
