/**
 * A release that changes the workflows, and its rollback, over deliveries that sleep: the workers of both poll one task
 * queue, one of them goes, and what it knew is replayed by the other.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { deliveryWorkflowId } from '#domain/ids.ts';
import { createLog } from '#platform/log.ts';
import { startEngine, type RunningEngine } from '#worker/start-engine.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, testBundle, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

const patience = 40_000;

/** Deliveries that begin at each stage. */
const each = 3;

describe('a next release that changes the workflows', function () {
  this.timeout(120_000);
  const engines = new Set<RunningEngine>();
  let holdfast: TestHoldfast;
  let receiver: Receiver;
  let repository: OwnedRepository;
  let today: WorkflowBundle;
  let next: WorkflowBundle;

  before(async () => {
    holdfast = await startHoldfast({ engine: false });
    today = await testBundle();
    next = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../workflows/next/index.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
  });
  after(async () => {
    await Promise.all([...engines].map((engine) => engine.stop()));
    await holdfast.stop();
  });
  beforeEach(async () => {
    receiver = await startReceiver();
    receiver.answer(500);
    repository = await makeRepository(holdfast);
    await makeHook(holdfast, repository, { url: receiver.url, events: ['*'], schedule: [3600, 3600] });
  });
  afterEach(() => receiver.stop());

  const start = async (bundle: WorkflowBundle): Promise<RunningEngine> => {
    const { config, database, temporal } = holdfast;
    const log = createLog(process.env['HOLDFAST_LOG_LEVEL'] ?? 'silent');
    const engine = await startEngine({
      config,
      database,
      temporal,
      log,
      bundle: Promise.resolve(bundle),
      graceMs: 1000,
    });
    engines.add(engine);
    await engine.ready;
    return engine;
  };
  const stop = async (engine: RunningEngine): Promise<void> => {
    engines.delete(engine);
    await engine.stop();
  };

  const handleOf = (id: string) => holdfast.temporal.client.workflow.getHandle(deliveryWorkflowId(id, 0));
  const stateOf = async (id: string): Promise<string> => {
    const { token } = repository;
    return (await holdfast.call('GET', `/api/deliveries/${id}`, { token })).body.data.state as string;
  };
  const allAre = (state: string, ids: readonly string[]): Promise<true> =>
    eventually(
      `all are ${state}`,
      async () => {
        const states = await Promise.all(ids.map(stateOf));
        return states.every((found) => found === state) ? true : undefined;
      },
      patience,
    );
  /** Deliveries whose first attempt has failed, so that they sleep. */
  const sleeping = async (): Promise<readonly string[]> => {
    const sent = await Promise.all(Array.from({ length: each }, () => sendEvent(holdfast, repository)));
    const ids = sent.map(({ deliveries }) => deliveries[0]?.id as string);
    await allAre('waiting', ids);
    return ids;
  };
  /** As an operator does it, with `temporal workflow reset --type FirstWorkflowTask`. */
  const reset = async (id: string): Promise<void> => {
    const { events } = await handleOf(id).fetchHistory();
    const first = events?.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId;
    await holdfast.temporal.client.workflowService.resetWorkflowExecution({
      namespace: holdfast.config.temporal.namespace,
      workflowExecution: { workflowId: deliveryWorkflowId(id, 0) },
      reason: 'rolled back',
      workflowTaskFinishEventId: first ?? null,
      requestId: randomUUID(),
    });
  };
  const retry = (id: string) =>
    holdfast.call('POST', `/api/deliveries/${id}/retry`, { token: repository.token });
  /** What a delivery's history says of the change: rests that were taken, and tasks that failed. */
  const traceOf = async (id: string): Promise<{ readonly rests: number; readonly failures: number }> => {
    const { events } = await handleOf(id).fetchHistory();
    return {
      rests: (events ?? []).filter((event) => isRest(event.timerStartedEventAttributes)).length,
      failures: (events ?? []).filter((event) => event.workflowTaskFailedEventAttributes).length,
    };
  };
  /** Requests that arrived for each delivery. */
  const arrivalsOf = (ids: readonly string[]): readonly number[] =>
    ids.map((id) => receiver.arrivals.filter(({ headers }) => headers['webhook-id'] === id).length);

  it('takes over what sleeps, and its own beside it, without a failed task: each arrives once', async () => {
    const old = await start(today);
    const before = await sleeping();
    const fresh = await start(next);
    const beside = await sleeping();
    await stop(old);
    const after = await sleeping();

    receiver.answer(200);
    const ids = [...before, ...beside, ...after];
    await Promise.all(ids.map(retry));
    await allAre('delivered', ids);
    await eventually('all workflows are completed', async () => {
      const found = await Promise.all(ids.map((id) => handleOf(id).describe()));
      return found.every(({ status }) => status.name === 'COMPLETED') ? true : undefined;
    });
    await stop(fresh);

    assert.deepEqual(new Set(arrivalsOf(ids)), new Set([2]));
    const traces = await Promise.all(ids.map(traceOf));
    assert.deepEqual(new Set(traces.map(({ failures }) => failures)), new Set([0]));
    const rests = traces.map((trace) => trace.rests);
    assert.deepEqual(
      [rests.slice(0, each), rests.slice(-each)],
      [Array.from(before, () => 1), Array.from(after, () => 2)],
    );
  });

  it('is rolled back by a reset of what began under it: each arrives once', async () => {
    const fresh = await start(next);
    const ids = await sleeping();
    await stop(fresh);
    const old = await start(today);

    receiver.answer(200);
    await Promise.all(ids.map(retry));
    const failed = await eventually(
      'the workflows fail to replay',
      async () => {
        const traces = await Promise.all(ids.map(traceOf));
        return traces.every(({ failures }) => failures > 0) ? arrivalsOf(ids) : undefined;
      },
      patience,
    );
    await Promise.all(ids.map(reset));
    await allAre('delivered', ids);
    await stop(old);

    assert.deepEqual(new Set(failed), new Set([1]));
    assert.deepEqual(new Set(arrivalsOf(ids)), new Set([2]));
  });
});

const isRest = (timer: { readonly startToFireTimeout?: unknown } | null | undefined): boolean =>
  JSON.stringify(timer?.startToFireTimeout ?? null) === JSON.stringify({ nanos: 1_000_000 });
