/**
 * Keeps connections to receivers: which are in use, which are idle, and who waits for one.
 * A connection is shared only within one target (origin, TLS rule and scope). What is kept is bounded by the requests
 * under way and by the limit on idle connections, however many origins there are.
 */
import { Connection } from './connection.ts';
import { httpLimits } from './http-limits.ts';
import type { OpenSocket } from '../sockets/open-socket.ts';
import { waitInLine } from '../wait-in-line.ts';
import type { Target } from './target.ts';

/** The right to send one request over a connection; ended exactly once, by `release`. */
export interface Lease {
  readonly connection: Connection;
  /** Gives the connection back, or drops it when it may not carry another request. */
  readonly release: (reusable: boolean) => void;
}

/** Settings of `createConnections`. */
export interface ConnectionSettings {
  readonly openSocket: OpenSocket;
  readonly socketsPerOrigin: number;
  readonly idleConnections: number;
}

/** The connections of one transport. */
export interface Connections {
  /** A connection to the target, or undefined if none became free in time. The signal rejects the wait. */
  readonly lease: (target: Target, waitMs: number, signal?: AbortSignal) => Promise<Lease | undefined>;
  /** Drops idle connections now and those in use as they are released. */
  readonly close: () => void;
  readonly counts: () => ConnectionCounts;
}

/** How many targets are remembered, and their connections by state. */
export interface ConnectionCounts {
  readonly targets: number;
  readonly idle: number;
  readonly inUse: number;
}

interface Group {
  readonly key: string;
  readonly target: Target;
  /** The longest unused first. */
  readonly idle: Connection[];
  readonly waiting: Set<(lease: Lease) => void>;
  inUse: number;
  /** True once a connection has been seen to outlive its reply. */
  keepsOpen: boolean;
}

/** Makes an empty set of connections. */
export function createConnections(settings: ConnectionSettings): Connections {
  const groups = new Map<string, Group>();
  const idle = new Map<Connection, Group>(); // Of all groups, the longest unused first.
  let inUse = 0;
  let closed = false;

  function lease(target: Target, waitMs: number, signal?: AbortSignal): Promise<Lease | undefined> {
    const group = findGroup(groups, target);
    if (group.inUse < settings.socketsPerOrigin) return Promise.resolve(grant(group));
    return waitInLine((enter) => joinLine(group, enter), waitMs, signal);
  }

  function grant(group: Group): Lease {
    const connection = takeIdle(group) ?? new Connection(group.target, settings.openSocket);
    idle.delete(connection);
    connection.onGone = undefined;
    connection.openingTimes = undefined;
    group.inUse += 1;
    inUse += 1;
    return { connection, release: (reusable) => release(group, connection, reusable) };
  }

  function release(group: Group, connection: Connection, reusable: boolean): void {
    group.inUse -= 1;
    inUse -= 1;
    if (!reusable) group.keepsOpen = false;
    if (reusable && !closed && connection.isFit()) keep(group, connection);
    else connection.drop();
    const [next] = group.waiting;
    if (next !== undefined) {
      group.waiting.delete(next);
      next(grant(group));
    }
    forgetIfUnused(group);
  }

  function keep(group: Group, connection: Connection): void {
    group.idle.push(connection);
    idle.set(connection, group);
    connection.idleSinceMs = performance.now();
    connection.onGone = () => {
      group.keepsOpen = false;
      dropIdle(group, connection);
    };
    if (idle.size <= settings.idleConnections) return;
    const [oldest] = idle;
    if (oldest !== undefined) dropIdle(oldest[1], oldest[0]);
  }

  function dropIdle(group: Group, connection: Connection): void {
    idle.delete(connection);
    group.idle.splice(group.idle.indexOf(connection), 1);
    connection.onGone = undefined;
    connection.drop();
    forgetIfUnused(group);
  }

  function forgetIfUnused(group: Group): void {
    if (group.inUse === 0 && group.idle.length === 0 && group.waiting.size === 0) groups.delete(group.key);
  }

  function close(): void {
    closed = true;
    for (const [connection, group] of idle) dropIdle(group, connection);
  }

  return { lease, close, counts: () => ({ targets: groups.size, idle: idle.size, inUse }) };
}

/**
 * The connection used last, whose peer is the least likely to have closed it; as long as the receiver has not been seen
 * to keep connections open, the one that has been idle longest, if that is long enough to tell.
 */
function takeIdle(group: Group): Connection | undefined {
  if (group.keepsOpen) return group.idle.pop();
  const [oldest] = group.idle;
  if (oldest === undefined || performance.now() - oldest.idleSinceMs < httpLimits.restMs) return undefined;
  group.keepsOpen = true;
  return group.idle.shift();
}

/** Takes a place at the end of a group's line. */
function joinLine(group: Group, enter: (lease: Lease) => void): () => void {
  group.waiting.add(enter);
  return () => group.waiting.delete(enter);
}

function findGroup(groups: Map<string, Group>, target: Target): Group {
  const key = `${target.insecureTls ? 'insecure' : 'verified'} ${target.origin} ${target.scope}`;
  const found = groups.get(key);
  if (found !== undefined) return found;
  const made: Group = { key, target, idle: [], waiting: new Set(), inUse: 0, keepsOpen: false };
  groups.set(key, made);
  return made;
}
