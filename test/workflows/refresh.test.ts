import assert from 'node:assert/strict';
import { refreshSignal, retryNowSignal, retryNowUpdate } from '#workflows/messages.ts';
import type { AttemptReport } from '#activities/attempt-report.ts';
import { deliveredReport, failedReport } from './reports.ts';
import { makeGate, startStubbedWorker, type StubbedWorker } from './stubbed-worker.ts';

const hour = 3_600_000;
const day = 24 * hour;

describe('the workflow of a delivery that is told to look again', () => {
  let worker: StubbedWorker;

  before(async function () {
    this.timeout(60_000);
    worker = await startStubbedWorker();
  });
  after(() => worker.stop());

  const moved = (dueInMs: number): AttemptReport =>
    failedReport(1, [5], { dueInMs, recorded: true, status: 500 });

  it('asks when its next attempt is due, sleeps until then and says so', async () => {
    const delivery = await worker.deliver({
      attempts: [failedReport(1, [3600], { dueInMs: hour }), moved(5000), deliveredReport(2)],
    });
    await delivery.until('waiting', ({ state }) => state === 'waiting');

    await delivery.handle.signal(refreshSignal);
    const live = await delivery.until('waiting anew', ({ reason }) => reason.includes(' in '));

    assert.equal(
      live.reason,
      'Attempt 1 ended with http_5xx (status 500): the receiver failed to handle the delivery. Retry 1 of 1 comes in 5 s.',
    );
    assert.deepEqual([live.state, live.attempt], ['waiting', 2]);
    assert.deepEqual(await delivery.timers(), [
      { ms: hour, summary: 'retry 1 of 1 in 1 h' },
      { ms: 5000, summary: 'retry 1 of 1 in 5 s' },
    ]);
    const { deliveryId } = delivery;
    assert.deepEqual(delivery.attempted.slice(1), [{ deliveryId, run: 0, attempt: 2, refreshed: true }]);
    await delivery.handle.signal(retryNowSignal, 2);
    assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
    assert.deepEqual(delivery.attempted[2], { deliveryId, run: 0, attempt: 2, woken: true });
  });

  it('while it is held goes on being held', async () => {
    const delivery = await worker.deliver({
      attempts: [
        { kind: 'held', expiresInMs: 14 * day },
        { kind: 'held', expiresInMs: 13 * day },
      ],
    });
    await delivery.until('held', ({ state }) => state === 'held');

    await delivery.handle.signal(refreshSignal);
    await delivery.until('held anew', ({ reason }) => reason.includes('13 d'));

    assert.deepEqual(delivery.numbers(), [1, 1]);
    assert.deepEqual(delivery.settled, []);
    await delivery.handle.terminate();
  });

  it('during an attempt asks once after it', async () => {
    const begun = makeGate<void>();
    const answer = makeGate<AttemptReport>();
    const delivery = await worker.deliver({
      attempts: [
        () => {
          begun.open();
          return answer.wait;
        },
        moved(hour),
      ],
    });
    await begun.wait;

    await delivery.handle.signal(refreshSignal);
    answer.open(failedReport(1, [3600, 60], { dueInMs: hour }));
    await delivery.until('waiting anew', ({ reason }) => reason.includes(' in '));

    assert.deepEqual(delivery.numbers(), [1, 2]);
    await delivery.handle.terminate();
  });

  it('tells the attempt that somebody asked for it, unless Holdfast did, and tells no other', async () => {
    const schedule = [3600, 3600, 3600, 3600];
    const delivery = await worker.deliver({
      attempts: [
        failedReport(1, schedule),
        failedReport(2, schedule),
        failedReport(3, schedule, { held: true, dueInMs: hour }),
        failedReport(4, schedule),
      ],
    });
    const waitsFor = (number: number) =>
      delivery.until(
        `waiting for ${number}`,
        ({ state, attempt }) => state === 'waiting' && attempt === number,
      );

    await waitsFor(2);
    await delivery.handle.signal(retryNowSignal, 2);
    await waitsFor(3);
    await delivery.handle.executeUpdate(retryNowUpdate);
    await waitsFor(5);

    assert.deepEqual(
      delivery.attempted.map(({ attempt, woken, byHand }) => [attempt, woken, byHand]),
      [
        [1, undefined, undefined],
        [2, true, undefined],
        [3, true, true],
        [4, undefined, undefined],
      ],
    );
    await delivery.handle.terminate();
  });
});
