/**
 * What tests of groups need: a database, the real transport, hooks of real receivers, and the deliveries that a group has
 * taken. Who leaves, and what is told, is kept for the test to look at.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createAdmission } from '#activities/admission/admission.ts';
import { attemptGroup, type GroupCall } from '#activities/attempt-group.ts';
import { createAttemptMemory } from '#activities/attempt-memory.ts';
import type { AttemptedReport, GroupReport } from '#activities/attempt-report.ts';
import { createReceiverPace } from '#activities/receiver-pace.ts';
import { createIrcTransport } from '#activities/transports/irc/irc-transport.ts';
import type { StartableDelivery } from '#db/queries/start-deliveries.ts';
import { query } from '#db/query.ts';
import { createExpressions } from '#platform/expressions/expressions.ts';
import { createAddressGuard } from '#platform/network/address-guard.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import {
  holdDays,
  makeDeliveryRows,
  makeHookRow,
  makeRepositoryRow,
  rowOf,
  take,
  type DeliveryIds,
  type HookColumns,
  type RepositoryRow,
} from '../db/records.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { makeTransport } from '../support/http-sending.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

/** A hook with a receiver and a repository of its own. */
export interface SceneHook {
  readonly id: string;
  readonly repository: RepositoryRow;
  readonly receiver: Receiver;
  /** The deliveries that have arrived, in order. */
  readonly arrivedIds: () => readonly string[];
}

const nothing = new AbortController().signal;

/** Sets the scene. */
export async function setGroupScene() {
  const database = await createTestDatabase();
  const { pool } = database;
  const transport = makeTransport();
  const irc = createIrcTransport({ guard: createAddressGuard({ allow: [] }) });
  const expressions = createExpressions();
  const receivers: Receiver[] = [];
  const leavings: { readonly id: string; readonly report: AttemptedReport | undefined }[] = [];
  const idles: string[] = [];
  const pace = createReceiverPace();
  const dependencies = {
    database: pool,
    memory: createAttemptMemory(pool, holdDays),
    transports: { http: transport, smtp: undefined, irc },
    expressions,
    build: '0000000',
    pace,
    admission: createAdmission({ database: pool, pace, onCalled: () => undefined }),
    secrets: createSecretBox([{ name: 'test', key: randomBytes(32) }]),
    holdDays,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    leave: async ({ id }: StartableDelivery, report?: AttemptedReport) => {
      leavings.push({ id, report });
    },
    onTurn: () => undefined,
    onIdle: (groupId: string) => {
      idles.push(groupId);
    },
  };

  /** Makes a hook; the transport reaches its receiver for real. */
  const hook = async (columns: HookColumns = {}): Promise<SceneHook> => {
    const receiver = await startReceiver();
    receivers.push(receiver);
    const repository = await makeRepositoryRow(pool);
    const id = await makeHookRow(pool, repository, { url: receiver.url, ...columns });
    const arrivedIds = () => receiver.arrivals.map(({ headers }) => String(headers['webhook-id']));
    return { id, repository, receiver, arrivedIds };
  };

  const progress = new Set<() => void>();

  return {
    database,
    pool,
    pace,
    dependencies,
    leavings,
    idles,
    hook,
    deliveries: ({ id, repository }: SceneHook, count: number): Promise<readonly DeliveryIds[]> =>
      makeDeliveryRows(pool, repository, id, count),
    /** Takes all that waits as a group and answers its id. */
    group: async (slow = false): Promise<string> => {
      const id = randomUUID();
      await take(pool, { slow, threshold: 0, group: { id, size: 500 } });
      return id;
    },
    /** Calls the activity. */
    attempt: (
      groupId: string,
      call: Partial<GroupCall> = {},
      { slow = false, ...changes }: Partial<typeof dependencies> & { readonly slow?: boolean } = {},
    ): Promise<GroupReport> =>
      attemptGroup(
        { ...dependencies, ...changes },
        { groupId, slow },
        {
          interrupted: false,
          signal: nothing,
          draining: nothing,
          onProgress: () => progress.forEach((heard) => heard()),
          ...call,
        },
      ),
    /** Resolves when the group has looked so many times more at how it fares. */
    looks: (count: number): Promise<void> =>
      new Promise((resolve) => {
        let left = count;
        const heard = (): void => {
          left -= 1;
          if (left > 0) return;
          progress.delete(heard);
          resolve();
        };
        progress.add(heard);
      }),
    delivery: ({ deliveryId }: DeliveryIds) => rowOf(pool, 'delivery', deliveryId),
    statesOf: async (many: readonly DeliveryIds[]): Promise<readonly string[]> => {
      const rows = await query<{ state: string }>(pool, {
        text: 'select state from delivery where id = any ($1::uuid[]) order by id',
        values: [many.map(({ deliveryId }) => deliveryId)],
      });
      return rows.map(({ state }) => state);
    },
    /** Resolves when so many deliveries of a hook satisfy a condition. */
    until: (what: string, { id }: SceneHook, condition: string, count: number): Promise<true> =>
      eventually(`${count} deliveries ${what}`, async () => {
        const rows = await query(pool, {
          text: `select from delivery where hook_id = $1 and ${condition}`,
          values: [id],
        });
        return rows.length === count ? true : undefined;
      }),
    attemptsOf: ({ id }: SceneHook) =>
      query<{ delivery_id: string; outcome: string; interrupted: boolean }>(pool, {
        text: 'select delivery_id, outcome, interrupted from attempt where hook_id = $1 order by delivery_id',
        values: [id],
      }),
    clear: async (): Promise<void> => {
      await Promise.all(receivers.map((receiver) => receiver.stop()));
      await Promise.all([transport.close(), irc.close(), expressions.close()]);
      await database.drop();
    },
  };
}

/** A scene. */
export type GroupScene = Awaited<ReturnType<typeof setGroupScene>>;

/** Answers that a receiver owes until they are given. */
export function owe(
  receiver: Receiver,
  status = 200,
): { readonly give: () => void; readonly most: () => number } {
  const owed = new Set<() => void>();
  let given = false;
  let underWay = 0;
  let most = 0;
  receiver.answer((response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    const end = (): void => {
      underWay -= 1;
      response.writeHead(status).end();
    };
    if (given) end();
    else owed.add(end);
  });
  return {
    give: () => {
      given = true;
      owed.forEach((end) => end());
      owed.clear();
    },
    most: () => most,
  };
}
