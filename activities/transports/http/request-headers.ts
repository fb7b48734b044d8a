/**
 * Writes a request's headers the way undici takes them. HTTP's own headers are the connection's matter: a caller that
 * sets one has let a hook's owner too far, which is a fault and stops the attempt.
 */

const connectionHeaders: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'upgrade',
  'expect',
  'te',
  'trailer',
]);

/** Names and values in turn, each name once (the last one given wins), with the body asked for as it is. */
export function writeHeaders(headers: Readonly<Record<string, string>>): string[] {
  const byName = new Map<string, [name: string, value: string]>();
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (connectionHeaders.has(lower) || lower.startsWith('proxy-')) {
      throw new TypeError(`The header ${lower} may not be set on a delivery`);
    }
    byName.set(lower, [name, value]);
  }
  byName.set('accept-encoding', ['accept-encoding', 'identity']);
  return [...byName.values()].flat();
}
