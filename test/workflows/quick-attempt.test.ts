import assert from 'node:assert/strict';
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure, type ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import type { AttemptedReport, AttemptReport } from '#activities/attempt-report.ts';
import type { QuickAttemptInput } from '#activities/index.ts';
import { cancelSignal, retryNowSignal } from '#workflows/messages.ts';
import { testBundle } from '../support/holdfast.ts';
import { deliveredReport, failedReport } from './reports.ts';
import { makeGate, startStubbedWorker, type Script, type StubbedWorker } from './stubbed-worker.ts';

const hour = 3_600_000;

/** An attempt that must not be asked for. */
const never = (): Promise<AttemptReport> => Promise.reject(new Error('It was not to be asked for'));

describe('the workflow of a delivery, its first attempt', () => {
  let worker: StubbedWorker;

  before(async function () {
    this.timeout(60_000);
    worker = await startStubbedWorker();
  });
  after(() => worker.stop());

  type Delivery = Awaited<ReturnType<StubbedWorker['deliver']>>;

  /** What Temporal keeps of activities: those it ran, and those within a workflow task. */
  const activitiesOf = async (delivery: Delivery) => {
    const events = await delivery.events();
    return {
      events: events.length,
      ordinary: events.filter((event) => event.activityTaskScheduledEventAttributes).length,
      markers: events.flatMap(({ markerRecordedEventAttributes: marker }) => marker?.markerName ?? []),
    };
  };

  describe('made within the workflow task', () => {
    const quick = (script: Script) => worker.deliver(script, 0, undefined, { quickHookId: 'a-hook' });

    it('costs Temporal six events and no activity when the receiver accepts', async () => {
      const asked: QuickAttemptInput[] = [];
      const delivery = await quick({
        attempts: [never],
        quickly: (input) => {
          asked.push(input);
          return Promise.resolve(deliveredReport(1));
        },
      });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(asked, [{ deliveryId: delivery.deliveryId, run: 0, attempt: 1, hookId: 'a-hook' }]);
      assert.deepEqual(await activitiesOf(delivery), {
        events: 6,
        ordinary: 0,
        markers: ['core_local_activity'],
      });
      assert.equal((await delivery.state()).state, 'delivered');
    });

    it('is made as an activity when the receiver may not be quick enough', async () => {
      const delivery = await quick({
        attempts: [deliveredReport(1)],
        quickly: () => Promise.resolve(undefined),
      });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.attempted, [{ deliveryId: delivery.deliveryId, run: 0, attempt: 1 }]);
      assert.equal((await activitiesOf(delivery)).ordinary, 1);
    });

    it('is made as an activity when it fails by a fault of ours, and is tried once', async () => {
      let calls = 0;
      const delivery = await quick({
        attempts: [deliveredReport(1)],
        quickly: () => {
          calls += 1;
          return Promise.reject(new Error('The database is away'));
        },
      });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.equal(calls, 1);
      assert.deepEqual(delivery.numbers(), [1]);
      assert.equal((await activitiesOf(delivery)).ordinary, 1);
      await Worker.runReplayHistory(
        { workflowBundle: await testBundle() },
        await delivery.handle.fetchHistory(),
        delivery.handle.workflowId,
      );
    });

    it('that failed is followed by its wait and an activity for the second', async () => {
      let calls = 0;
      const delivery = await quick({
        attempts: [deliveredReport(2)],
        quickly: () => {
          calls += 1;
          return Promise.resolve(failedReport(1, [0.01]));
        },
      });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.equal(calls, 1);
      assert.deepEqual(delivery.numbers(), [2]);
      assert.deepEqual(
        (await delivery.timers()).map(({ ms }) => ms),
        [10],
      );
    });

    it('that was held is made when it is woken', async () => {
      let calls = 0;
      const delivery = await quick({
        attempts: [never],
        quickly: () => {
          calls += 1;
          return Promise.resolve(
            calls === 1 ? { kind: 'held', expiresInMs: 14 * 24 * hour } : deliveredReport(1),
          );
        },
      });
      await delivery.until('held', ({ state }) => state === 'held');

      await delivery.handle.signal(retryNowSignal, 1);

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.equal(calls, 2);
    });

    it('is not made when the delivery was cancelled before', async () => {
      const started = makeGate<AttemptReport>();
      const delivery = await quick({ attempts: [never], quickly: () => started.wait });
      await delivery.handle.signal(cancelSignal);
      started.open(failedReport(1, [3600]));

      assert.deepEqual(await delivery.handle.result(), { state: 'cancelled' });
      assert.deepEqual(delivery.attempted, []);
    });

    it('is not asked for in a workflow that nobody told of a quick receiver', async () => {
      const delivery = await worker.deliver({ attempts: [deliveredReport(1)] });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual((await activitiesOf(delivery)).markers, []);
    });
  });

  describe('made by a group', () => {
    const left = (attempted: AttemptedReport, script: Script) =>
      worker.deliver(script, 0, undefined, { attempted, quickHookId: 'a-hook' });

    it('is not made again: the workflow begins with the wait, and makes the second', async () => {
      const delivery = await left(failedReport(1, [3600, 7200]), { attempts: [deliveredReport(2)] });
      const live = await delivery.until('waiting', ({ state }) => state === 'waiting');

      assert.deepEqual(delivery.numbers(), []);
      assert.equal(live.attempt, 2);
      assert.deepEqual([live.lastOutcome, live.lastStatus], ['http_5xx', 503]);
      assert.deepEqual(await delivery.timers(), [{ ms: hour, summary: 'retry 1 of 2 in 1 h' }]);
      await delivery.handle.signal(retryNowSignal, 2);
      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [2]);
      assert.deepEqual((await activitiesOf(delivery)).markers, []);
    });

    it('and on record for a while leaves only the rest of the wait', async () => {
      const delivery = await left(failedReport(1, [3600], { dueInMs: 90_000 }), {
        attempts: [deliveredReport(2)],
      });
      await delivery.until('waiting', ({ state }) => state === 'waiting');

      assert.deepEqual(
        (await delivery.timers()).map(({ ms }) => ms),
        [90_000],
      );
      await delivery.handle.terminate();
    });

    it('is waited after for as long as the receiver asked', async () => {
      const delivery = await left(
        failedReport(1, [60], { status: 429, outcome: 'http_4xx', retryAfterMs: 2 * hour }),
        { attempts: [never] },
      );
      await delivery.until('waiting', ({ state }) => state === 'waiting');

      assert.deepEqual(
        (await delivery.timers()).map(({ ms }) => ms),
        [2 * hour],
      );
      await delivery.handle.terminate();
    });

    it('and the last of its schedule fails as DeliveryExhausted without any activity', async () => {
      const delivery = await left(failedReport(1, []), { attempts: [never] });

      const error = await delivery.handle.result().catch((reason: unknown) => reason);

      assert.ok(error instanceof WorkflowFailedError);
      const cause = error.cause as ApplicationFailure;
      assert.equal(cause.type, 'DeliveryExhausted');
      assert.deepEqual(cause.details, [{ attempts: 1, lastOutcome: 'http_5xx', lastStatus: 503 }]);
      assert.deepEqual(await activitiesOf(delivery), { events: 5, ordinary: 0, markers: [] });
    });

    it('to a receiver that is gone ends as rejected without any activity', async () => {
      const gone = failedReport(1, [60], { verdict: 'gone', outcome: 'http_4xx', status: 410 });
      const delivery = await left(gone, { attempts: [never] });

      assert.deepEqual(await delivery.handle.result(), { state: 'rejected' });
      assert.deepEqual(await activitiesOf(delivery), { events: 5, ordinary: 0, markers: [] });
    });

    it('and held asks at once how long it is held, and is woken as any other', async () => {
      const delivery = await left(failedReport(1, [3600], { held: true }), {
        attempts: [{ kind: 'held', expiresInMs: 14 * 24 * hour }, deliveredReport(2)],
      });
      const live = await delivery.until('held', ({ state }) => state === 'held');

      assert.equal(live.attempt, 2);
      assert.deepEqual(await delivery.timers(), [{ ms: 14 * 24 * hour, summary: 'held, expires in 14 d' }]);
      await delivery.handle.signal(retryNowSignal, 2);
      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [2, 2]);
    });

    it('is followed by nothing when the delivery is cancelled', async () => {
      const delivery = await left(failedReport(1, [3600]), { attempts: [never] });
      await delivery.until('waiting', ({ state }) => state === 'waiting');

      await delivery.handle.signal(cancelSignal);

      assert.deepEqual(await delivery.handle.result(), { state: 'cancelled' });
      assert.deepEqual(delivery.settled, [{ deliveryId: delivery.deliveryId, run: 0, state: 'cancelled' }]);
      assert.deepEqual(delivery.numbers(), []);
    });

    it("is settled when the workflow is cancelled by Temporal's own means", async () => {
      const delivery = await left(failedReport(1, [3600]), { attempts: [never] });
      await delivery.until('waiting', ({ state }) => state === 'waiting');

      await delivery.handle.cancel();
      const error = await delivery.handle.result().catch((reason: unknown) => reason);

      assert.ok(error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure);
      assert.deepEqual(delivery.settled, [{ deliveryId: delivery.deliveryId, run: 0, state: 'cancelled' }]);
    });
  });
});
