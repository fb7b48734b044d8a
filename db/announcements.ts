/**
 * Tells worker processes through PostgreSQL that deliveries wait to be started. Only a hint: one that is lost costs the
 * second until they look by themselves. Carries nothing.
 */
import { Client } from 'pg';
import { query, type Executor } from './query.ts';

const channel = 'holdfast_waiting';

/** Milliseconds in which many announcements become one. */
const gatherMs = 5;

/** Milliseconds between attempts to listen while the database is away. */
const againMs = 2000;

/** Makes the announcer of a process. It never throws; what goes wrong is told to `onError`. */
export function createAnnouncer(executor: Executor, onError: (error: unknown) => void): () => void {
  let isAnnounced = false;
  const announce = (): void => {
    isAnnounced = false;
    query(executor, { name: 'announce', text: `select pg_notify('${channel}', '')`, values: [] }).catch(
      onError,
    );
  };
  return () => {
    if (isAnnounced) return;
    isAnnounced = true;
    setTimeout(announce, gatherMs);
  };
}

/** Someone who listens. */
export interface Listening {
  readonly stop: () => Promise<void>;
}

/** Listens on a connection of its own, opened again whenever it is lost. `url` is never told to anybody. */
export function listenForWaiting(
  url: string,
  onWaiting: () => void,
  onError: (error: unknown) => void,
): Listening {
  let client: Client | undefined;
  let again: NodeJS.Timeout | undefined;
  let stopped = false;

  const connect = async (): Promise<void> => {
    const fresh = new Client({
      connectionString: url,
      connectionTimeoutMillis: 3000,
      keepAlive: true,
      application_name: 'holdfast listener',
    });
    client = fresh;
    fresh.on('notification', onWaiting);
    fresh.on('error', onError);
    fresh.once('end', () => {
      if (client !== fresh || stopped) return;
      again = setTimeout(() => void connect(), againMs);
    });
    try {
      await fresh.connect();
      await fresh.query(`listen ${channel}`);
      onWaiting();
    } catch (error) {
      onError(error);
      await fresh.end().catch(() => undefined);
    }
  };
  const connecting = connect();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(again);
      await connecting;
      await client?.end().catch(() => undefined);
    },
  };
}
