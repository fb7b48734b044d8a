import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { activityInfo } from '@temporalio/activity';
import type { AttemptInput, AttemptReport } from '#activities/attempt-report.ts';
import { eventually } from '../support/eventually.ts';
import { deliveredReport, failedReport } from './reports.ts';
import { startStubbedWorker, type Script, type StubbedWorker } from './stubbed-worker.ts';

describe('the workflow of an exhausted delivery that is reset', function () {
  this.timeout(60_000);
  let worker: StubbedWorker;

  before(async () => {
    worker = await startStubbedWorker();
  });
  after(() => worker.stop());

  /** As the activities answer of what is exhausted: naming the run that they answer. */
  const exhausted = (attempt: number): Script['attempts'][number] => {
    const answeredIn = () => activityInfo().workflowExecution?.runId ?? '';
    return () => Promise.resolve(failedReport(attempt, [], { answeredIn: answeredIn() }));
  };
  const failedOf = (handle: WorkflowHandle) => assert.rejects(handle.result());
  /** Resets to the workflow task that began as the event of this number, and answers the run that this has made. */
  const reset = async ({ workflowId }: WorkflowHandle, finishEventId: number): Promise<string> => {
    const { workflow, connection, options } = worker.temporal.client;
    const { runId } = await workflow.getHandle(workflowId).describe();
    const answer = await connection.workflowService.resetWorkflowExecution({
      namespace: options.namespace,
      workflowExecution: { workflowId, runId },
      workflowTaskFinishEventId: { low: finishEventId, high: 0, unsigned: false } as never,
      requestId: randomUUID(),
      reason: 'again',
    });
    return answer.runId;
  };
  /** The number of the event with which its last workflow task ended. */
  const lastTask = async (handle: WorkflowHandle): Promise<number> => {
    const { events = [] } = await worker.temporal.client.workflow.getHandle(handle.workflowId).fetchHistory();
    const ended = events?.filter((event) => event.workflowTaskCompletedEventAttributes).at(-1);
    return Number(ended?.eventId);
  };
  const attemptOf = ({ attempt, resetRunId }: AttemptInput) => [attempt, resetRunId];

  it('makes the attempt that comes next, once for each reset, and fails again when it is exhausted', async () => {
    const delivery = await worker.deliver({
      attempts: [exhausted(1), exhausted(2), exhausted(3), deliveredReport(4)],
    });
    const latest = worker.temporal.client.workflow.getHandle(delivery.handle.workflowId);
    await failedOf(delivery.handle);

    const runs: string[] = [];
    for (const attempts of [2, 3]) {
      runs.push(await reset(latest, await lastTask(latest)));
      await failedOf(latest);
      assert.equal(delivery.attempted.length, attempts);
    }
    runs.push(await reset(latest, await lastTask(latest)));

    assert.deepEqual(await latest.result(), { state: 'delivered' });
    assert.deepEqual(delivery.attempted.map(attemptOf), [
      [1, undefined],
      [2, runs[0]],
      [3, runs[1]],
      [4, runs[2]],
    ]);
  });

  it('to its first task tells the database of the reset, and ends as that says', async () => {
    const delivery = await worker.deliver({
      attempts: [
        exhausted(1),
        ({ resetRunId = '' }) =>
          Promise.resolve<AttemptReport>({ kind: 'settled', state: 'exhausted', answeredIn: resetRunId }),
      ],
    });
    const latest = worker.temporal.client.workflow.getHandle(delivery.handle.workflowId);
    await failedOf(delivery.handle);

    const run = await reset(latest, 4);
    await failedOf(latest);

    assert.deepEqual(delivery.attempted.map(attemptOf), [
      [1, undefined],
      [1, run],
    ]);
  });

  it('after it has left a group is not exhausted by what it was started with', async () => {
    const attempted = failedReport(1, []);
    const delivery = await worker.deliver({ attempts: [deliveredReport(2)] }, 0, undefined, { attempted });
    const latest = worker.temporal.client.workflow.getHandle(delivery.handle.workflowId);
    await failedOf(delivery.handle);

    const run = await reset(latest, 4);

    assert.deepEqual(await latest.result(), { state: 'delivered' });
    assert.deepEqual(delivery.attempted.map(attemptOf), [[2, run]]);
  });

  it('after it has left a group does not sleep again through a wait that is over', async () => {
    const attempted = failedReport(1, [1], { dueInMs: 1500 });
    const delivery = await worker.deliver({ attempts: [exhausted(2), deliveredReport(3)] }, 0, undefined, {
      attempted,
    });
    const latest = worker.temporal.client.workflow.getHandle(delivery.handle.workflowId);
    await failedOf(delivery.handle);

    await reset(latest, 4);
    await latest.result();

    const { events } = await latest.fetchHistory();
    const timer = events?.find((event) => event.timerStartedEventAttributes)?.timerStartedEventAttributes;
    assert.equal(Number(timer?.startToFireTimeout?.seconds ?? 0), 0);
    assert.equal(timer?.startToFireTimeout?.nanos, 1_000_000);
  });

  it('tells of no reset when it was started again instead', async () => {
    const script: Script = { attempts: [exhausted(1)] };
    const { deliveryId, handle } = await worker.deliver(script);
    await failedOf(handle);

    const again = await worker.deliver(script, 0, deliveryId);
    await eventually('it has failed', async () =>
      (await again.handle.describe()).status.name === 'FAILED' ? true : undefined,
    );

    assert.deepEqual(again.attempted.map(attemptOf), [[1, undefined]]);
  });
});
