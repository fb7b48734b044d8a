/**
 * Tells when an embedded Temporal is ready for us: it is healthy, its namespace exists and is set up as we
 * want it. Safe to run any number of times, also on a database that was emptied meanwhile.
 */
import { connect } from 'node:net';

import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';

const NAMESPACE = 'default';
const RETENTION_SECONDS = 7 * 24 * 60 * 60;
const CALL_TIMEOUT_MS = 5_000;
const SERVING = 1;
const ALREADY_EXISTS = 6;

/** The numbers of the types on the wire, `temporal.api.enums.v1.IndexedValueType`. */
const TYPE_NUMBERS = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
} as const;

/** The types a search attribute may have, as Temporal's command line spells them. */
export type SearchAttributeType = keyof typeof TYPE_NUMBERS;

/** The search attributes to have, by name. */
export type SearchAttributes = Readonly<Record<string, SearchAttributeType>>;

/** Where the server is said to be, and what it must know. */
export interface TemporalReadinessOptions {
  readonly port: number;
  readonly uiUrl: string | null;
  readonly searchAttributes: SearchAttributes;
}

/** One try: resolves when all is set up, rejects when the server is not there yet. */
export async function checkTemporal(
  { port, uiUrl, searchAttributes }: TemporalReadinessOptions,
  signal: AbortSignal,
): Promise<void> {
  // gRPC waits a second after a refused connection: asking TCP first is answered at once.
  await knock(port, signal);
  const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
  try {
    await connection.withAbortSignal(signal, () =>
      connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, async () => {
        const health = await connection.healthService.check({
          service: 'temporal.api.workflowservice.v1.WorkflowService',
        });
        const status: number = health.status;
        if (status !== SERVING) throw new Error('Temporal is not serving yet');
        await setRetention(connection);
        await addSearchAttributes(connection, searchAttributes);
      }),
    );
  } finally {
    await connection.close();
  }
  if (uiUrl !== null) await checkUi(uiUrl, signal);
}

/** The page is there before its own connection to the server is, so what the page would ask is asked. */
async function checkUi(uiUrl: string, signal: AbortSignal): Promise<void> {
  const reply = await fetch(`${uiUrl}/api/v1/namespaces/${NAMESPACE}`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
  });
  await reply.body?.cancel();
  if (!reply.ok) throw new Error(`The Temporal UI answers ${reply.status}`);
}

function knock(port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', signal, timeout: CALL_TIMEOUT_MS });
    socket.once('timeout', () => socket.destroy(new Error(`Port ${port} does not answer`)));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

async function setRetention({ workflowService }: Connection): Promise<void> {
  const { config } = await workflowService.describeNamespace({ namespace: NAMESPACE });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds) === RETENTION_SECONDS) return;
  await workflowService.updateNamespace({
    namespace: NAMESPACE,
    config: { workflowExecutionRetentionTtl: msToTs(RETENTION_SECONDS * 1_000) },
  });
}

/** The server's own flag for them is ignored once the database exists, so newcomers are added here. */
async function addSearchAttributes({ operatorService }: Connection, wanted: SearchAttributes): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace: NAMESPACE });
  const missing = Object.entries(wanted).filter(([name]) => customAttributes[name] === undefined);
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPE_NUMBERS[type]]));
  try {
    await operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes });
  } catch (error) {
    if ((error as { code?: number }).code !== ALREADY_EXISTS) throw error;
  }
}
