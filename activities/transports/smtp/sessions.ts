/**
 * Keeps the connections to the mail server: which are in use and which are idle.
 * Never more of them than the limit, those that take their leave apart; never two mails on one at once.
 */
import { createPlaces } from './places.ts';
import type { Session } from './session.ts';

/** The right to send one mail over a connection; ended exactly once, by `release`. */
export interface Lease {
  readonly session: Session;
  /** Gives the connection back, or drops it when nobody knows what state it is in. */
  readonly release: (reusable: boolean) => void;
}

/** Settings of `createSessions`. */
export interface SessionsSettings {
  readonly open: (signal: AbortSignal) => Promise<Session>;
  readonly connections: number;
  readonly idleMs: number;
}

/** How many connections there are by state; one that is being opened is in use. */
export interface SessionCounts {
  readonly idle: number;
  readonly inUse: number;
}

/** The connections of one transport. */
export interface Sessions {
  /** A connection that stands. Rejects with what went wrong in opening it, or with the signal's reason. */
  readonly lease: (signal: AbortSignal) => Promise<Lease>;
  /** Takes leave of the server on all idle connections, and resolves when they are gone. */
  readonly close: () => Promise<void>;
  readonly counts: () => SessionCounts;
}

/** Makes an empty set of connections. */
export function createSessions({ open, connections, idleMs }: SessionsSettings): Sessions {
  const places = createPlaces(connections);
  const idle = new Map<Session, NodeJS.Timeout>(); // The longest unused first.
  const leaving = new Set<Promise<void>>();

  async function lease(signal: AbortSignal): Promise<Lease> {
    await places.take(signal);
    try {
      const session = (await findIdle(signal)) ?? (await open(signal));
      return { session, release: (reusable) => release(session, reusable) };
    } catch (error) {
      places.giveBack();
      throw error;
    }
  }

  /** The idle connection that was used last and still stands: the server may have ended it unnoticed. */
  async function findIdle(signal: AbortSignal): Promise<Session | undefined> {
    for (;;) {
      const session = [...idle.keys()].at(-1);
      if (session === undefined) return undefined;
      takeOut(session);
      if (!session.isFit()) retire(session);
      else if (await stands(session, signal)) return session;
    }
  }

  function release(session: Session, reusable: boolean): void {
    if (!reusable) session.drop();
    else if (session.isFit()) putIn(session);
    else retire(session);
    places.giveBack();
  }

  function putIn(session: Session): void {
    idle.set(
      session,
      setTimeout(() => retire(session), idleMs),
    );
    session.onGone = () => takeOut(session);
  }

  function takeOut(session: Session): void {
    clearTimeout(idle.get(session));
    idle.delete(session);
    session.onGone = undefined;
  }

  function retire(session: Session): void {
    takeOut(session);
    const going = session.quit();
    leaving.add(going);
    void going.finally(() => leaving.delete(going));
  }

  async function close(): Promise<void> {
    for (const session of idle.keys()) retire(session);
    await Promise.all(leaving);
  }

  return { lease, close, counts: () => ({ idle: idle.size, inUse: places.taken() }) };
}

/** Asks for a sign of life. Without one the connection is dropped: nothing was sent, so that another may be taken. */
async function stands(session: Session, signal: AbortSignal): Promise<boolean> {
  try {
    await session.reset(signal);
    return true;
  } catch {
    session.drop();
    signal.throwIfAborted();
    return false;
  }
}
