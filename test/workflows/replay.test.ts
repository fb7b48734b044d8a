import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundle } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { isUuid } from '#domain/ids.ts';
import { canary } from '../histories/canary.ts';
import { testBundle } from '../support/holdfast.ts';

const folder = fileURLToPath(new URL('../histories', import.meta.url));

/** The ways that a delivery, a group or a producer's signals can take, and the Temporal events by which a history of each is known. */
const shipped: Readonly<Record<string, readonly RegExp[]>> = {
  'cancelled-while-waiting': [/"signalName": "cancel"/, /TIMER_CANCELED/, /WORKFLOW_EXECUTION_COMPLETED/],
  'delivered-at-once': [/WORKFLOW_EXECUTION_COMPLETED/],
  'delivered-at-the-third-attempt': [/(TIMER_FIRED[^]*){2}WORKFLOW_EXECUTION_COMPLETED/],
  'delivered-within-the-task': [
    /"core_local_activity"/,
    /^(?![^]*ACTIVITY_TASK)[^]*WORKFLOW_EXECUTION_COMPLETED/,
  ],
  exhausted: [/(TIMER_FIRED[^]*){2}WORKFLOW_EXECUTION_FAILED/, /"type": "DeliveryExhausted"/],
  'group-dispatched': [/"name": "dispatchGroup"/, /ACTIVITY_TASK_COMPLETED[^]*WORKFLOW_EXECUTION_COMPLETED/],
  'held-then-delivered': [/(TIMER_STARTED[^]*){2}/, /TIMER_CANCELED/, /WORKFLOW_EXECUTION_COMPLETED/],
  'left-a-group-exhausted': [
    /"type": "DeliveryExhausted"/,
    /^(?![^]*ACTIVITY_TASK)[^]*WORKFLOW_EXECUTION_FAILED/,
  ],
  'left-a-group-then-delivered': [
    /WORKFLOW_TASK_COMPLETED[^]*TIMER_FIRED[^]*ACTIVITY_TASK_COMPLETED[^]*WORKFLOW_EXECUTION_COMPLETED/,
  ],
  'receiver-gone': [/WORKFLOW_EXECUTION_COMPLETED/],
  'signals-carried': [
    /"continuedExecutionRunId": "[^"]+"/,
    /ACTIVITY_TASK_COMPLETED[^]*TIMER_FIRED[^]*WORKFLOW_EXECUTION_COMPLETED/,
  ],
  'signals-received': [
    /"name": "receiveEvents"/,
    /TIMER_CANCELED/,
    /(ACTIVITY_TASK_COMPLETED[^]*){2}WORKFLOW_EXECUTION_CONTINUED_AS_NEW/,
  ],
  'slowed-down-then-delivered': [
    /(TIMER_FIRED[^]*ACTIVITY_TASK_COMPLETED[^]*){2}WORKFLOW_EXECUTION_COMPLETED/,
    /"priorityKey": 4/,
  ],
  'woken-by-a-signal': [/"signalName": "retryNow"/, /TIMER_CANCELED/, /WORKFLOW_EXECUTION_COMPLETED/],
};

interface Recorded {
  readonly name: string;
  readonly text: string;
}

describe('recorded histories', () => {
  let recorded: readonly Recorded[];

  before(async () => {
    const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).toSorted();
    recorded = await Promise.all(
      files.map(async (file) => ({
        name: file.replace('.json', ''),
        text: await readFile(join(folder, file), 'utf8'),
      })),
    );
  });

  /** Replays every history against a bundle, offline; answers the error of each, or undefined. */
  const replay = async (bundle: WorkflowBundle): Promise<ReadonlyMap<string, unknown>> => {
    const histories = recorded.map(({ name, text }) => ({
      workflowId: name,
      history: JSON.parse(text) as object,
    }));
    const errors = new Map<string, unknown>();
    for await (const { workflowId, error } of Worker.runReplayHistories(
      { workflowBundle: bundle },
      histories,
    )) {
      errors.set(workflowId, error);
    }
    return errors;
  };

  it('are there for every way that a delivery can take', () => {
    assert.deepEqual(
      recorded.map(({ name }) => name),
      Object.keys(shipped),
    );
    for (const { name, text } of recorded) {
      for (const sign of shipped[name] ?? []) assert.match(text, sign, name);
    }
  });

  it('replay on the workflows of today without a difference', async function () {
    this.timeout(60_000);

    const errors = await replay(await testBundle());

    assert.deepEqual(
      [...errors],
      recorded.map(({ name }) => [name, undefined]),
    );
  });

  it('do not replay on workflows that were altered', async function () {
    this.timeout(60_000);
    const altered = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./altered/index.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });

    const errors = await replay(altered);

    assert.equal(errors.size, recorded.length);
    for (const [name, error] of errors)
      assert.ok(error instanceof DeterminismViolationError, `${name}: ${String(error)}`);
  });

  it('hold nothing of payloads, secrets, headers, addresses and replies', () => {
    const encodings = [
      canary,
      Buffer.from(canary).toString('hex'),
      ...[0, 1, 2].map((shift) =>
        Buffer.from(`${' '.repeat(shift)}${canary}`)
          .toString('base64')
          .slice(shift === 0 ? 0 : 4, -4),
      ),
      '127.0.0.1',
      Buffer.from('127.0.0.1').toString('base64').slice(0, -4),
    ];

    for (const { name, text } of recorded) {
      const decoded = text.replace(
        /"[A-Za-z0-9+/]+=*"/g,
        (word) => `${word} ${Buffer.from(word, 'base64').toString()}`,
      );
      for (const secret of encodings) assert.ok(!decoded.includes(secret), `${name} holds ${secret}`);
    }
  });

  /** The inputs with which the workflow of a history was started. */
  const inputsOf = ({ text }: Recorded): readonly Readonly<Record<string, unknown>>[] => {
    const { events } = JSON.parse(text) as {
      readonly events: readonly {
        readonly workflowExecutionStartedEventAttributes?: {
          readonly input: { readonly payloads: readonly { readonly data: string }[] };
        };
      }[];
    };
    const payloads = events[0]?.workflowExecutionStartedEventAttributes?.input.payloads ?? [];
    return payloads.map(
      ({ data }) => JSON.parse(Buffer.from(data, 'base64').toString()) as Record<string, unknown>,
    );
  };

  it('hold an input of ids and numbers only, but for what is signalled', () => {
    const ofDelivery = ['v', 'deliveryId', 'run'];
    const others: Readonly<Record<string, readonly string[]>> = {
      'delivered-within-the-task': [...ofDelivery, 'quickHookId'],
      'group-dispatched': ['v', 'groupId', 'slow', 'size'],
      'left-a-group-exhausted': [...ofDelivery, 'attempted'],
      'left-a-group-then-delivered': [...ofDelivery, 'attempted'],
    };
    const ofSignals = ['signals-carried', 'signals-received'];
    for (const history of recorded.filter(({ name }) => !ofSignals.includes(name))) {
      const inputs = inputsOf(history);

      assert.deepEqual(
        inputs.map((input) => Object.keys(input)),
        [others[history.name] ?? ofDelivery],
        history.name,
      );
      for (const [name, value] of Object.entries(inputs[0] ?? {}))
        assert.ok(
          name === 'attempted' || typeof value !== 'string' || isUuid(value),
          `${history.name} is given ${name} ${String(value)}`,
        );
    }
  });

  it('hold of an attempt that a group made only what follows from it', () => {
    for (const [name, schedule] of [
      ['left-a-group-exhausted', []],
      ['left-a-group-then-delivered', [1]],
    ] as const) {
      const [input] = inputsOf(recorded.find((history) => history.name === name) as Recorded);

      assert.deepEqual(
        input?.['attempted'],
        {
          kind: 'attempted',
          attempt: 1,
          verdict: 'retry',
          outcome: 'http_5xx',
          status: 500,
          schedule,
          retryAfterMs: null,
          dueInMs: null,
          held: false,
        },
        name,
      );
    }
  });
});
