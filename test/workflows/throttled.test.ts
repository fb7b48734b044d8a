import assert from 'node:assert/strict';
import type { ThrottledReport } from '#activities/attempt-report.ts';
import { retryNowSignal } from '#workflows/messages.ts';
import { deliveredReport, failedReport } from './reports.ts';
import { startStubbedWorker, type StubbedWorker } from './stubbed-worker.ts';

const minute = 60_000;

const throttled = (dueInMs: number, changes: Partial<ThrottledReport> = {}): ThrottledReport => ({
  kind: 'throttled',
  dueInMs,
  throttle: { kind: 'rate', perSecond: 5 },
  ...changes,
});

describe('the workflow of a delivery whose hook is slowed down', () => {
  let worker: StubbedWorker;

  before(async function () {
    this.timeout(60_000);
    worker = await startStubbedWorker();
  });
  after(() => worker.stop());

  it('sleeps until its turn, says why, and makes the same attempt then', async () => {
    const delivery = await worker.deliver({
      attempts: [
        throttled(20),
        throttled(30, { throttle: { kind: 'in_flight', most: 2 } }),
        deliveredReport(1),
      ],
    });

    assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });

    assert.deepEqual(delivery.numbers(), [1, 1, 1]);
    assert.deepEqual(await delivery.timers(), [
      { ms: 20, summary: 'slowed down to 5 a second, attempt in 20 ms' },
      { ms: 30, summary: 'at most 2 at once, attempt in 30 ms' },
    ]);
  });

  it('waits, and is woken by who asks for an attempt now', async () => {
    const delivery = await worker.deliver({ attempts: [throttled(12 * minute), deliveredReport(1)] });
    const { reason, dueAt } = await delivery.until('waiting', ({ state }) => state === 'waiting');

    await delivery.handle.signal(retryNowSignal, 1);

    assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
    assert.equal(reason, 'Its hook takes at most 5 requests a second; its turn comes in 12 min.');
    assert.notEqual(dueAt, null);
    assert.equal(delivery.attempted[1]?.woken, true);
  });

  it('remembers that a call which died may have sent the attempt, until it is on record', async () => {
    const delivery = await worker.deliver({
      attempts: [throttled(5, { interrupted: true }), failedReport(1, [0.01]), deliveredReport(2)],
    });
    await delivery.handle.result();

    assert.deepEqual(
      delivery.attempted.map(({ interrupted }) => interrupted),
      [undefined, true, undefined],
    );
  });

  it('lets first attempts go before its retries where both wait for a worker', async () => {
    const delivery = await worker.deliver({ attempts: [failedReport(1, [0.01]), deliveredReport(2)] });
    await delivery.handle.result();

    const priorities = (await delivery.events()).flatMap(
      ({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled ? [scheduled.priority?.priorityKey ?? 0] : [],
    );
    assert.deepEqual(priorities, [0, 4]);
  });
});
