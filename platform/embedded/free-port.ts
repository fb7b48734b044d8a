/**
 * Finds ports to listen on at 127.0.0.1. It stays below 32768, where the kernel takes the ports of outgoing
 * connections from: one of those could otherwise occupy a server's port while the server restarts.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOWEST_PORT = 20_000;
const PORT_AFTER_HIGHEST = 32_768;
const TRIES = 100;

/** Whether a server could listen on the port of 127.0.0.1 now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The preferred port when it is free, otherwise a free one by chance; never one of `taken`. */
export async function findFreePort(
  preferred: number | undefined,
  taken: readonly number[] = [],
): Promise<number> {
  if (preferred !== undefined && !taken.includes(preferred) && (await isPortFree(preferred)))
    return preferred;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(LOWEST_PORT, PORT_AFTER_HIGHEST);
    if (!taken.includes(port) && (await isPortFree(port))) return port;
  }
  throw new Error(`No free port between ${LOWEST_PORT} and ${PORT_AFTER_HIGHEST - 1} in ${TRIES} tries.`);
}
