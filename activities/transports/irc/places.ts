/**
 * Hands out the places for connections: a few for each server, because servers ban who comes too often, and a bounded
 * number in all. Who finds none waits, first come first served, at most as long as asked.
 */
import { waitInLine } from '../wait-in-line.ts';

/** The bounds, and what is counted. */
export interface PlaceLimits {
  readonly perServer: number;
  readonly inAll: number;
}

/** For gauges and tests. */
export interface PlaceCounts {
  readonly inUse: number;
  readonly waiting: number;
}

/** The places of one transport. */
export interface Places {
  /** Gives the function that frees the place, or undefined if none became free in time. The signal rejects the wait. */
  readonly take: (server: string, waitMs: number, signal?: AbortSignal) => Promise<(() => void) | undefined>;
  readonly counts: () => PlaceCounts;
}

interface Waiting {
  readonly server: string;
  readonly enter: (free: () => void) => void;
}

/** Makes a set of places, all of them free. */
export function createPlaces({ perServer, inAll }: PlaceLimits): Places {
  const usedByServer = new Map<string, number>();
  const line = new Set<Waiting>();
  let inUse = 0;

  const used = (server: string): number => usedByServer.get(server) ?? 0;
  const isFree = (server: string): boolean => inUse < inAll && used(server) < perServer;

  function occupy(server: string): () => void {
    inUse += 1;
    usedByServer.set(server, used(server) + 1);
    return () => free(server);
  }

  function free(server: string): void {
    inUse -= 1;
    const left = used(server) - 1;
    if (left === 0) usedByServer.delete(server);
    else usedByServer.set(server, left);
    const next = [...line].find((waiting) => isFree(waiting.server));
    next?.enter(occupy(next.server));
  }

  function joinLine(server: string, enter: (free: () => void) => void): () => void {
    const waiting = { server, enter };
    line.add(waiting);
    return () => line.delete(waiting);
  }

  return {
    take: (server, waitMs, signal) =>
      isFree(server)
        ? Promise.resolve(occupy(server))
        : waitInLine((enter) => joinLine(server, enter), waitMs, signal),
    counts: () => ({ inUse, waiting: line.size }),
  };
}
