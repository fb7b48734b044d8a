/**
 * Connections to Temporal, and what must exist there before workflows can start. Knows no workflow.
 * Every call has a deadline: without one a call to an absent server would hang.
 */
import { Client, Connection, type ConnectionLike } from '@temporalio/client';

/** Where Temporal is. */
export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
}

/** A client and its connection. */
export interface TemporalClient {
  readonly client: Client;
  /** Runs calls under a deadline in milliseconds. */
  readonly withDeadline: <Result>(deadlineMs: number, call: () => Promise<Result>) => Promise<Result>;
  /** True when the frontend answers that it serves. */
  readonly isHealthy: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** A client with its deadlines. */
export type TemporalCalls = Pick<TemporalClient, 'client' | 'withDeadline'>;

const healthDeadlineMs = 2000;

/** Makes the calls over a connection that somebody else opens and closes. */
export function callsOver(connection: ConnectionLike, namespace: string): TemporalCalls {
  return {
    client: new Client({ connection, namespace }),
    withDeadline: (deadlineMs, call) => connection.withDeadline(Date.now() + deadlineMs, call),
  };
}

/** Makes a client that connects at its first call, so that a process can boot while Temporal is away. */
export function connectTemporal({ address, namespace }: TemporalAddress): TemporalClient {
  const connection = Connection.lazy({ address, connectTimeout: '5 seconds' });
  const calls = callsOver(connection, namespace);
  const { withDeadline } = calls;
  return {
    ...calls,
    isHealthy: async () => {
      try {
        await withDeadline(healthDeadlineMs, () =>
          connection.workflowService.describeNamespace({ namespace }),
        );
        return true;
      } catch {
        return false;
      }
    },
    close: () => connection.close(),
  };
}

/** INDEXED_VALUE_TYPE_KEYWORD of Temporal's API; its package of enumerations cannot be imported by name from here. */
const keyword = 2;

/** Registers keyword search attributes that the namespace does not have yet. Safe to call from several processes. */
export async function ensureSearchAttributes(
  { client, withDeadline }: TemporalClient,
  names: readonly string[],
): Promise<void> {
  const { connection, options } = client;
  const { namespace } = options;
  await withDeadline(10_000, async () => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = names.filter((name) => customAttributes[name] === undefined);
    if (missing.length === 0) return;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
  });
}
