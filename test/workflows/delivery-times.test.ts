import assert from 'node:assert/strict';
import { deliveredReport, failedReport } from './reports.ts';
import { startStubbedWorker, type StubbedWorker } from './stubbed-worker.ts';

describe('the workflow of a delivery with a time or an order of its own', () => {
  let worker: StubbedWorker;

  before(async function () {
    this.timeout(60_000);
    worker = await startStubbedWorker();
  });
  after(() => worker.stop());

  it('sleeps no longer than until it expires, and says so', async () => {
    const report = failedReport(1, [600], { dueInMs: 90_000, expires: true });
    const delivery = await worker.deliver({ attempts: [report] });
    const { reason } = await delivery.until('waiting', ({ state }) => state === 'waiting');

    assert.deepEqual(await delivery.timers(), [{ ms: 90_000, summary: 'expires in 1 min 30 s' }]);
    assert.equal(
      reason,
      'Attempt 1 ended with http_5xx (status 503): the receiver failed to handle the delivery. It expires 1 min 30 s after it, before its next attempt would come.',
    );
    await delivery.handle.terminate();
  });

  it('ends expired when it has slept until then', async () => {
    const delivery = await worker.deliver({
      attempts: [
        failedReport(1, [600], { dueInMs: 10, expires: true }),
        { kind: 'settled', state: 'expired' },
      ],
    });

    assert.deepEqual(await delivery.handle.result(), { state: 'expired' });
    assert.deepEqual(delivery.numbers(), [1, 2]);
  });

  it('looks again when its turn has not come', async () => {
    const delivery = await worker.deliver({
      attempts: [{ kind: 'blocked', againInMs: 1000 }, deliveredReport(1)],
    });
    const { reason } = await delivery.until('waiting', ({ state }) => state === 'waiting');

    assert.equal(reason, 'Another delivery with the same order key comes first.');
    assert.deepEqual(await delivery.timers(), [
      { ms: 1000, summary: 'waits for its turn, looks again in 1 s' },
    ]);
    assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
    assert.deepEqual(delivery.numbers(), [1, 1]);
  });
});
