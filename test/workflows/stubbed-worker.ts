/**
 * A worker that runs the real workflows on the real Temporal with scripted activities: a test says what each attempt
 * reports and how settling is answered, and sees what was asked. The only place where activities are stubbed.
 */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import type { AttemptInput, AttemptReport, GroupInput, GroupReport } from '#activities/attempt-report.ts';
import type { Activities, QuickAttemptInput, SettleInput } from '#activities/index.ts';
import type { SettledState } from '#domain/delivery.ts';
import { deliveryWorkflowId, groupWorkflowId } from '#domain/ids.ts';
import { connectTemporal } from '#platform/temporal.ts';
import { createWorker } from '#worker/create-worker.ts';
import {
  dispatchGroupWorkflow,
  stateQuery,
  type DeliverEventInput,
  type DispatchGroupInput,
  type LiveDelivery,
} from '#workflows/messages.ts';
import type { deliverEvent } from '#workflows/deliver-event.ts';
import type { dispatchGroup } from '#workflows/dispatch-group.ts';
import { eventually } from '../support/eventually.ts';
import { testBundle } from '../support/holdfast.ts';
import { servers } from '../support/servers.ts';
import { deliveredReport } from './reports.ts';

/** What one call of the attempt activity does: a report, or work that ends in one. */
export type ScriptedAttempt = AttemptReport | ((input: AttemptInput) => Promise<AttemptReport>);

/** How a delivery of a test goes. */
export interface Script {
  /** Calls in order; the last one answers all that follow. */
  readonly attempts: readonly [ScriptedAttempt, ...ScriptedAttempt[]];
  /** What settling answers; what was asked for unless told otherwise. */
  readonly settle?: readonly (SettledState | undefined)[];
  /** What the attempt within the workflow task does; it must not be asked for unless it is given. */
  readonly quickly?: (input: QuickAttemptInput) => Promise<AttemptReport | undefined>;
}

/** What calls of the group activity do, in order; the last one answers all that follow. */
export type ScriptedGroup = readonly [() => Promise<GroupReport>, ...(() => Promise<GroupReport>)[]];

interface GroupStub {
  readonly calls: readonly (() => Promise<GroupReport>)[];
  readonly inputs: GroupInput[];
}

interface Stub {
  readonly script: Script;
  readonly attempted: AttemptInput[];
  readonly settled: SettleInput[];
}

/** Starts the worker; every delivery of a test has an id and a script of its own. */
export async function startStubbedWorker() {
  const { temporalAddress } = await servers();
  const address = { address: temporalAddress, namespace: 'default' };
  const taskQueue = `test-${randomUUID()}`;
  const stubs = new Map<string, Stub>();
  const groups = new Map<string, GroupStub>();
  const stubOf = (id: string): Stub =>
    stubs.get(id) ?? { script: { attempts: [deliveredReport(1)] }, attempted: [], settled: [] };
  const activities: Activities = {
    attemptDelivery: async (input) => {
      const { script, attempted } = stubOf(input.deliveryId);
      const step = script.attempts[Math.min(attempted.push(input), script.attempts.length) - 1];
      return typeof step === 'function' ? step(input) : (step as AttemptReport);
    },
    noteDue: () => Promise.resolve(undefined),
    drainHook: () => Promise.resolve(undefined),
    pauseHook: () => Promise.resolve(),
    replayDeliveries: () => Promise.resolve({ state: 'done', matched: 0, done: 0, failed: 0, skipped: 0 }),
    cancelReplay: () => Promise.resolve(),
    acceptSignalled: () => Promise.reject(new Error('Nobody said what becomes of signals')),
    attemptQuickly: (input) => {
      const { quickly } = stubOf(input.deliveryId).script;
      if (quickly === undefined) throw new Error('Nobody said that the receiver is quick');
      return quickly(input);
    },
    attemptGroup: async (input) => {
      const stub = groups.get(input.groupId) ?? { calls: [], inputs: [] };
      const call = stub.calls[Math.min(stub.inputs.push(input), stub.calls.length) - 1];
      return call === undefined ? { carried: 0, delivered: 0, left: 0, givenBack: 0 } : call();
    },
    settleDelivery: async (input) => {
      const { script, settled } = stubOf(input.deliveryId);
      const call = settled.push(input) - 1;
      return script.settle === undefined ? input.state : script.settle[call];
    },
  };
  const bundle = await testBundle();
  const connection = await NativeConnection.connect({ address: temporalAddress });
  const worker = await createWorker({
    connection,
    namespace: address.namespace,
    taskQueue,
    bundle,
    activities,
    graceMs: 1000,
  });
  const running = worker.run();
  const temporal = connectTemporal(address);

  /** Starts the workflow of a delivery that goes by a script. */
  const deliver = async (
    script: Script,
    run = 0,
    deliveryId: string = randomUUID(),
    more: Partial<DeliverEventInput> = {},
  ) => {
    const stub: Stub = { script, attempted: [], settled: [] };
    stubs.set(deliveryId, stub);
    const input: DeliverEventInput = { v: 1, deliveryId, run, ...more };
    const handle = await temporal.client.workflow.start<typeof deliverEvent>('deliverEvent', {
      workflowId: deliveryWorkflowId(deliveryId, run),
      taskQueue,
      args: [input],
    });
    const events = async () => (await handle.fetchHistory()).events ?? [];
    return {
      deliveryId,
      handle,
      attempted: stub.attempted,
      settled: stub.settled,
      events,
      /** Attempt numbers asked for so far, in order. */
      numbers: () => stub.attempted.map(({ attempt }) => attempt),
      state: () => handle.query(stateQuery),
      /** Resolves with what the query answers once the condition holds. */
      until: (what: string, holds: (live: LiveDelivery) => boolean) =>
        eventually(`the delivery is ${what}`, async () => {
          const live = await handle.query(stateQuery);
          return holds(live) ? live : undefined;
        }),
      /** The timers started so far: how long, and the words beside them. */
      timers: async () =>
        (await events()).flatMap(({ timerStartedEventAttributes: timer, userMetadata }) =>
          timer?.startToFireTimeout
            ? [{ ms: milliseconds(timer.startToFireTimeout), summary: text(userMetadata?.summary) }]
            : [],
        ),
      /** The words that the Temporal UI shows for it now. */
      details: () => detailsOf(handle),
    };
  };

  /** Starts the workflow of a group that goes by a script. */
  const dispatch = async (calls: ScriptedGroup, { slow = false, size = 1 } = {}) => {
    const groupId = randomUUID();
    const inputs: GroupInput[] = [];
    groups.set(groupId, { calls, inputs });
    const input: DispatchGroupInput = { v: 1, groupId, slow, size };
    const handle = await temporal.client.workflow.start<typeof dispatchGroup>(dispatchGroupWorkflow, {
      workflowId: groupWorkflowId(groupId),
      taskQueue,
      args: [input],
    });
    return {
      groupId,
      handle,
      inputs,
      events: async () => (await handle.fetchHistory()).events ?? [],
      details: () => detailsOf(handle),
    };
  };

  return {
    taskQueue,
    temporal,
    deliver,
    dispatch,
    stop: async () => {
      worker.shutdown();
      await running;
      await connection.close();
      await temporal.close();
    },
  };
}

/** A worker of a test file. */
export type StubbedWorker = Awaited<ReturnType<typeof startStubbedWorker>>;

/** The words that the Temporal UI shows for a workflow now. */
async function detailsOf(handle: WorkflowHandle): Promise<string | undefined> {
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails;
}

function milliseconds(duration: { readonly seconds?: unknown; readonly nanos?: number | null }): number {
  return Number(duration.seconds ?? 0) * 1000 + Math.round((duration.nanos ?? 0) / 1e6);
}

/** The text in a payload, if there is one. */
export function text(payload: Payload | null | undefined): string | undefined {
  return payload ? defaultPayloadConverter.fromPayload<string>(payload) : undefined;
}

/** A gate that a test opens: what waits for it goes on with what it was opened with. */
export function makeGate<Value>(): { readonly wait: Promise<Value>; readonly open: (value: Value) => void } {
  const { promise, resolve } = Promise.withResolvers<Value>();
  return { wait: promise, open: resolve };
}
