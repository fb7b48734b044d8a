/**
 * Says what is wrong with the headers that a hook's owner asks to be sent along.
 * No header that Holdfast or HTTP itself sets may be taken, and none may break out of its line.
 */
import { hookLimits } from './limits.ts';
import type { FieldFault } from './refusals.ts';

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Printable Latin-1, the only characters that HTTP/1.1 carries without ambiguity. */
const printable = /^[\x20-\x7e\xa0-\xff]*$/;

const reservedNames: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'user-agent',
  'accept-encoding',
]);

const reservedPrefixes = ['proxy-', 'webhook-', 'x-hub-', 'x-sigmagit-', 'x-github-'] as const;

/** True for a header, however spelt, that only Holdfast may set. */
export function isReservedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return reservedNames.has(lower) || reservedPrefixes.some((prefix) => lower.startsWith(prefix));
}

/** Every fault of a hook's own headers; none means that they may be stored. Values are never repeated back. */
export function checkHookHeaders(headers: Readonly<Record<string, unknown>>): readonly FieldFault[] {
  const entries = Object.entries(headers);
  if (entries.length > hookLimits.headers) {
    return [{ path: 'headers', message: `At most ${hookLimits.headers} headers may be set` }];
  }
  const faults: FieldFault[] = [];
  const seen = new Set<string>();
  let bytes = 0;
  for (const [name, value] of entries) {
    const message = findFault(name, value, seen);
    if (message !== undefined) faults.push({ path: pathOf(name), message });
    seen.add(name.toLowerCase());
    bytes += name.length + (typeof value === 'string' ? value.length : 0);
  }
  if (bytes > hookLimits.headerBytes) {
    faults.push({
      path: 'headers',
      message: `Headers may hold at most ${hookLimits.headerBytes} bytes in all`,
    });
  }
  return faults;
}

function findFault(name: string, value: unknown, seen: ReadonlySet<string>): string | undefined {
  if (!token.test(name)) return 'This is not a header name';
  if (isReservedHeader(name)) return 'This header is set by Holdfast';
  if (seen.has(name.toLowerCase())) return 'This header is given twice, in different letters';
  if (typeof value !== 'string') return 'A header value is a text';
  if (!printable.test(value)) return 'A header value holds printable Latin-1 characters only';
  if (value.trim() !== value) return 'A header value neither begins nor ends with a space';
  return undefined;
}

/** A long or strange name is shortened, so that a fault's path stays safe to print. */
function pathOf(name: string): string {
  return `headers.${name.replace(/[^\x21-\x7e]/g, '?').slice(0, 64)}`;
}
