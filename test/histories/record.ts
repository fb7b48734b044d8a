/**
 * Records the histories that the replay test goes by: runs Holdfast on real servers, lets deliveries take each way
 * there is, and writes what Temporal kept of them. Run it with `node test/histories/record.ts` when a behaviour is new;
 * a history that was shipped is never recorded again, because running workflows still have it.
 */
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { hookSecretContext } from '#domain/secret-contexts.ts';
import { deliveryWorkflowId, groupWorkflowId } from '#domain/ids.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import { cancelSignal, stateQuery } from '#workflows/messages.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, plainPayload, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Answer } from '../support/receiver.ts';
import { stopServers } from '../support/servers.ts';
import { canary } from './canary.ts';
import { playSignals } from './signals.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a delivery is put through. */
interface Scene {
  /** What the receiver answers, in order; the last one to all that follow. */
  readonly statuses: readonly [number, ...number[]];
  /** Delays of the hook's schedule in seconds. */
  readonly schedule: readonly number[];
  /** True when the receiver is known to have been quick, so that the first attempt is made within the workflow task. */
  readonly quick?: boolean;
  /** Settings of the hook beside its schedule. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Deliveries that come together, so that a group carries their first attempts; one by itself unless told otherwise. */
  readonly together?: number;
  /** Whose history is kept; that of the first delivery unless told otherwise. */
  readonly keep?: 'group';
  /** What happens to it while it goes on. */
  readonly meanwhile?: (stage: Stage) => Promise<void>;
}

/** A delivery on its way. */
interface Stage {
  readonly holdfast: TestHoldfast;
  readonly hookId: string;
  readonly token: string;
  readonly workflowId: string;
  /** Resolves when the workflow says that it is in this state. */
  readonly until: (state: string) => Promise<void>;
}

const hour = 3600;

/** So few deliveries go by themselves that any that come together go in a group. */
const groupThreshold = '1';

const scenes: Readonly<Record<string, Scene>> = {
  'delivered-at-once': { statuses: [200], schedule: [hour] },
  'delivered-at-the-third-attempt': { statuses: [500, 503, 200], schedule: [1, 1] },
  exhausted: { statuses: [500], schedule: [1, 1] },
  'receiver-gone': { statuses: [410], schedule: [hour] },
  'cancelled-while-waiting': {
    statuses: [500],
    schedule: [hour],
    meanwhile: async ({ holdfast, workflowId, until }) => {
      await until('waiting');
      await holdfast.temporal.client.workflow.getHandle(workflowId).signal(cancelSignal);
    },
  },
  'woken-by-a-signal': {
    statuses: [500, 200],
    schedule: [hour],
    meanwhile: async ({ holdfast, workflowId, until }) => {
      await until('waiting');
      await holdfast.temporal.client.workflow.getHandle(workflowId).signal('retryNow');
    },
  },
  'held-then-delivered': {
    statuses: [500, 200],
    schedule: [1],
    meanwhile: async ({ holdfast, hookId, token, until }) => {
      await until('waiting');
      await switchHook(holdfast, hookId, token, false);
      await until('held');
      await switchHook(holdfast, hookId, token, true);
    },
  },
  'delivered-within-the-task': { statuses: [200], schedule: [hour], quick: true },
  'slowed-down-then-delivered': {
    statuses: [500, 200],
    schedule: [1],
    settings: { rateLimitPerSecond: 0.3 },
  },
  'left-a-group-then-delivered': { statuses: [500, 500, 500, 200], schedule: [1], together: 3 },
  'left-a-group-exhausted': { statuses: [500], schedule: [], together: 3 },
  'group-dispatched': { statuses: [200, 500, 200], schedule: [hour], together: 3, keep: 'group' },
};

async function switchHook(
  holdfast: TestHoldfast,
  hookId: string,
  token: string,
  active: boolean,
): Promise<void> {
  const { status, text } = await holdfast.call('PATCH', `/api/webhooks/${hookId}`, {
    token,
    body: { active },
  });
  assert.equal(status, 200, text);
}

/** A reply whose header and body nobody may find in a history either. */
function answerWithCanary(status: number): Answer {
  return (response) => {
    response.writeHead(status, { 'X-Canary': canary }).end(canary);
  };
}

/** Reports events together and answers the delivery of the first. */
async function report(holdfast: TestHoldfast, repository: OwnedRepository, count: number): Promise<string> {
  const { token, owner, name } = repository;
  const event = { repository: `${owner}/${name}`, type: 'star.added' };
  const payload = { ...plainPayload(repository), canary };
  const body = Array.from({ length: count }, () => ({ ...event, payload }));
  const answer = await holdfast.call('POST', '/api/events', { token, body });
  assert.equal(answer.status, 200, answer.text);
  return answer.body.data[0].deliveries[0].id as string;
}

/** The workflow of the group that carries a delivery's first attempt. */
function groupOf(holdfast: TestHoldfast, deliveryId: string): Promise<string> {
  return eventually('a group has taken it', async () => {
    const { rows } = await holdfast.database.pool.query<{ group_id: string | null }>(
      'select group_id from delivery where id = $1',
      [deliveryId],
    );
    const [row] = rows;
    return row?.group_id ? groupWorkflowId(row.group_id) : undefined;
  });
}

/** Plays a scene with a canary wherever nothing may get out, and answers the history as JSON. */
async function play(holdfast: TestHoldfast, scene: Scene): Promise<string> {
  const receiver = await startReceiver();
  const [first, ...others] = scene.statuses.map(answerWithCanary);
  receiver.answer(first as Answer, ...others);
  const repository = await makeRepository(holdfast);
  const { token } = repository;
  const hook = await makeHook(holdfast, repository, {
    url: `${receiver.url}?token=${canary}`,
    events: ['star.added'],
    schedule: scene.schedule,
    ...scene.settings,
    headers: { 'X-Canary': canary },
  });
  const secret = createSecretBox(holdfast.config.encryptionKeys).seal(canary, hookSecretContext(hook.id));
  await holdfast.database.pool.query('update hook set secret = $2 where id = $1', [hook.id, secret]);
  if (scene.quick)
    await holdfast.database.pool.query('update hook set reply_ms = 1 where id = $1', [hook.id]);
  const deliveryId = await report(holdfast, repository, scene.together ?? 1);
  const workflowId =
    scene.keep === 'group' ? await groupOf(holdfast, deliveryId) : deliveryWorkflowId(deliveryId, 0);
  const handle = holdfast.temporal.client.workflow.getHandle(workflowId);
  const until = async (state: string): Promise<void> => {
    await eventually(`${workflowId} is ${state}`, async () => {
      const live = await handle.query(stateQuery).catch(() => undefined);
      return live?.state === state ? true : undefined;
    });
  };
  await scene.meanwhile?.({ holdfast, hookId: hook.id, token, workflowId, until });
  await eventually(`${workflowId} ends`, async () => {
    const description = await handle.describe().catch(() => undefined);
    return description === undefined || description.status.name === 'RUNNING' ? undefined : true;
  });
  const history = await historyOf(handle);
  await receiver.stop();
  return history;
}

/** A history as it is kept: which process recorded it, and in which folder, is nobody's business. */
async function historyOf(handle: WorkflowHandle): Promise<string> {
  return historyToJSON(await handle.fetchHistory())
    .replace(/"identity": "[^"]*"/g, '"identity": "recorder"')
    .replaceAll(root, '/holdfast/');
}

const holdfast = await startHoldfast({ env: { HOLDFAST_GROUP_THRESHOLD: groupThreshold } });
try {
  const there = await readdir(folder);
  for (const [name, scene] of Object.entries(scenes)) {
    const file = `${name}.json`;
    if (there.includes(file)) {
      console.log(`${file} is there already`);
      continue;
    }
    await writeFile(`${folder}${file}`, `${await play(holdfast, scene)}\n`);
    console.log(`${file} recorded`);
  }
  if (!there.includes('signals-received.json')) {
    for (const [name, handle] of Object.entries(await playSignals(holdfast))) {
      await writeFile(`${folder}${name}.json`, `${await historyOf(handle)}\n`);
      console.log(`${name}.json recorded`);
    }
  }
} finally {
  await holdfast.stop();
  await stopServers();
}
