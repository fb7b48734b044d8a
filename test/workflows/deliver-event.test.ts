import assert from 'node:assert/strict';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, defaultPayloadConverter } from '@temporalio/common';
import { defaultSchedule } from '#domain/schedule.ts';
import type { AttemptReport } from '#activities/attempt-report.ts';
import { cancelSignal, retryNowSignal } from '#workflows/messages.ts';
import { deliveredReport, failedReport } from './reports.ts';
import { makeGate, startStubbedWorker, type StubbedWorker } from './stubbed-worker.ts';

const hour = 3_600_000;
const day = 24 * hour;

describe('the workflow of a delivery', () => {
  let worker: StubbedWorker;

  before(async function () {
    this.timeout(60_000);
    worker = await startStubbedWorker();
  });
  after(() => worker.stop());

  const failureOf = async (result: Promise<unknown>): Promise<Error | undefined> => {
    const error = await result.then(
      () => assert.fail('The workflow did not fail'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof WorkflowFailedError);
    return error.cause;
  };

  describe('that is attempted', () => {
    it('ends delivered after one attempt and no timer when the receiver accepts', async () => {
      const delivery = await worker.deliver({ attempts: [deliveredReport(1)] });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.attempted, [{ deliveryId: delivery.deliveryId, run: 0, attempt: 1 }]);
      assert.deepEqual(await delivery.timers(), []);
      assert.equal((await delivery.state()).state, 'delivered');
    });

    it('is given ids and the version of its input, nothing else', async () => {
      const delivery = await worker.deliver({ attempts: [deliveredReport(1)] }, 2);
      await delivery.handle.result();

      const [started] = await delivery.events();
      const payloads = started?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      assert.deepEqual(
        payloads.map((payload) => defaultPayloadConverter.fromPayload(payload)),
        [{ v: 1, deliveryId: delivery.deliveryId, run: 2 }],
      );
    });

    it('asks for the attempts of its own run', async () => {
      const delivery = await worker.deliver({ attempts: [failedReport(1, [0.01]), deliveredReport(2)] }, 3);
      await delivery.handle.result();

      assert.deepEqual(
        delivery.attempted.map(({ run }) => run),
        [3, 3],
      );
      assert.equal(delivery.handle.workflowId, `delivery/${delivery.deliveryId}/r3`);
    });

    it('sleeps by the schedule that each report brings', async () => {
      const delivery = await worker.deliver({
        attempts: [failedReport(1, [0.01, 5]), failedReport(2, [7, 0.03, 9]), deliveredReport(3)],
      });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [1, 2, 3]);
      assert.deepEqual(
        (await delivery.timers()).map(({ ms }) => ms),
        [10, 30],
      );
    });

    it('sleeps longer when the receiver asks for it', async () => {
      const delivery = await worker.deliver({
        attempts: [failedReport(1, [60], { status: 429, outcome: 'http_4xx', retryAfterMs: 2 * hour })],
      });
      await delivery.until('waiting', ({ state }) => state === 'waiting');

      assert.deepEqual(await delivery.timers(), [{ ms: 2 * hour, summary: 'retry 1 of 1 in 2 h' }]);
      await delivery.handle.terminate();
    });

    it('fails as DeliveryExhausted, never to be retried, when the last retry has failed', async () => {
      const schedule = [0.01, 0.01];
      const delivery = await worker.deliver({
        attempts: [failedReport(1, schedule), failedReport(2, schedule), failedReport(3, schedule)],
      });

      const cause = await failureOf(delivery.handle.result());

      assert.ok(cause instanceof ApplicationFailure);
      assert.equal(cause.type, 'DeliveryExhausted');
      assert.equal(cause.nonRetryable, true);
      assert.deepEqual([cause.failure?.source, cause.failure?.stackTrace ?? ''], ['TypeScriptSDK', '']);
      assert.equal(
        cause.message,
        'No retry is left after attempt 3, which ended with http_5xx (status 503): the receiver failed to handle the delivery.',
      );
      assert.deepEqual(cause.details, [{ attempts: 3, lastOutcome: 'http_5xx', lastStatus: 503 }]);
      assert.equal((await delivery.handle.describe()).status.name, 'FAILED');
      assert.deepEqual(delivery.numbers(), [1, 2, 3]);
      assert.deepEqual(delivery.settled, []);
      assert.equal((await delivery.state()).state, 'exhausted');
    });

    it('is completed as rejected when the receiver is gone', async () => {
      const gone = failedReport(1, [60], { verdict: 'gone', outcome: 'http_4xx', status: 410 });
      const delivery = await worker.deliver({ attempts: [gone] });

      assert.deepEqual(await delivery.handle.result(), { state: 'rejected' });
      assert.equal((await delivery.handle.describe()).status.name, 'COMPLETED');
      assert.deepEqual(delivery.numbers(), [1]);
    });

    for (const state of ['delivered', 'rejected', 'cancelled', 'expired'] as const) {
      it(`completes as ${state} when the database says that it has ended so`, async () => {
        const delivery = await worker.deliver({ attempts: [{ kind: 'settled', state }] });

        assert.deepEqual(await delivery.handle.result(), { state });
        assert.deepEqual(delivery.numbers(), [1]);
      });
    }

    it('fails when the database says that it is exhausted', async () => {
      const delivery = await worker.deliver({ attempts: [{ kind: 'settled', state: 'exhausted' }] });

      const cause = await failureOf(delivery.handle.result());

      assert.equal((cause as ApplicationFailure).type, 'DeliveryExhausted');
    });

    it('repeats the same attempt when the fault is our own', async () => {
      const delivery = await worker.deliver({
        attempts: [() => Promise.reject(new Error('The database is away')), deliveredReport(1)],
      });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [1, 1]);
    });
  });

  describe('that is held', () => {
    const held = (expiresInMs: number): AttemptReport => ({ kind: 'held', expiresInMs });

    it('makes the attempt of the same number when it is woken', async () => {
      const delivery = await worker.deliver({ attempts: [held(14 * day), deliveredReport(1)] });
      await delivery.until('held', ({ state }) => state === 'held');

      await delivery.handle.signal(retryNowSignal, 1);

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [1, 1]);
    });

    it('is settled as expired when nobody wakes it', async () => {
      const delivery = await worker.deliver({ attempts: [held(10)] });

      assert.deepEqual(await delivery.handle.result(), { state: 'expired' });
      assert.deepEqual(delivery.settled, [{ deliveryId: delivery.deliveryId, run: 0, state: 'expired' }]);
      assert.deepEqual(delivery.numbers(), [1]);
    });

    it('expires when its time was over before it was asked for', async () => {
      const delivery = await worker.deliver({ attempts: [held(0)] });

      assert.deepEqual(await delivery.handle.result(), { state: 'expired' });
    });

    it('is attempted again when its hold has not ended after all', async () => {
      const delivery = await worker.deliver({
        attempts: [held(10), deliveredReport(1)],
        settle: [undefined],
      });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [1, 1]);
    });

    it('after a failed attempt asks at once how long it is held', async () => {
      const delivery = await worker.deliver({
        attempts: [failedReport(1, [3600], { held: true }), held(14 * day), deliveredReport(2)],
      });
      const live = await delivery.until('held', ({ state }) => state === 'held');

      assert.equal(live.attempt, 2);
      assert.deepEqual(await delivery.timers(), [{ ms: 14 * day, summary: 'held, expires in 14 d' }]);
      await delivery.handle.signal(retryNowSignal, 2);
      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [1, 2, 2]);
    });

    it('is cancelled by a signal', async () => {
      const delivery = await worker.deliver({ attempts: [held(14 * day)] });
      await delivery.until('held', ({ state }) => state === 'held');

      await delivery.handle.signal(cancelSignal);

      assert.deepEqual(await delivery.handle.result(), { state: 'cancelled' });
      assert.deepEqual(delivery.numbers(), [1]);
    });
  });

  describe('that is cancelled', () => {
    it('while it waits makes no further attempt', async () => {
      const delivery = await worker.deliver({ attempts: [failedReport(1, [3600])] });
      await delivery.until('waiting', ({ state }) => state === 'waiting');

      await delivery.handle.signal(cancelSignal);

      assert.deepEqual(await delivery.handle.result(), { state: 'cancelled' });
      assert.deepEqual(delivery.numbers(), [1]);
      assert.deepEqual(delivery.settled, [{ deliveryId: delivery.deliveryId, run: 0, state: 'cancelled' }]);
      assert.equal((await delivery.state()).state, 'cancelled');
    });

    it('during an attempt lets it end and makes no further one', async () => {
      const begun = makeGate<void>();
      const answer = makeGate<AttemptReport>();
      const delivery = await worker.deliver({
        attempts: [
          () => {
            begun.open();
            return answer.wait;
          },
        ],
      });
      await begun.wait;

      await delivery.handle.signal(cancelSignal);
      answer.open(failedReport(1, [3600]));

      assert.deepEqual(await delivery.handle.result(), { state: 'cancelled' });
      assert.deepEqual(delivery.numbers(), [1]);
      assert.equal(delivery.settled.length, 1);
    });

    it('during an attempt that succeeds is delivered', async () => {
      const begun = makeGate<void>();
      const answer = makeGate<AttemptReport>();
      const delivery = await worker.deliver({
        attempts: [
          () => {
            begun.open();
            return answer.wait;
          },
        ],
      });
      await begun.wait;

      await delivery.handle.signal(cancelSignal);
      answer.open(deliveredReport(1));

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.settled, []);
    });

    it('keeps the end that the database knows', async () => {
      const delivery = await worker.deliver({
        attempts: [failedReport(1, [3600])],
        settle: ['delivered'],
      });
      await delivery.until('waiting', ({ state }) => state === 'waiting');

      await delivery.handle.signal(cancelSignal);

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
    });

    it("by Temporal's own means while it waits is settled, and its workflow shows as cancelled", async () => {
      const delivery = await worker.deliver({ attempts: [failedReport(1, [3600])] });
      await delivery.until('waiting', ({ state }) => state === 'waiting');

      await delivery.handle.cancel();
      const cause = await failureOf(delivery.handle.result());

      assert.ok(cause instanceof CancelledFailure);
      assert.equal((await delivery.handle.describe()).status.name, 'CANCELLED');
      assert.deepEqual(delivery.settled, [{ deliveryId: delivery.deliveryId, run: 0, state: 'cancelled' }]);
    });

    it("by Temporal's own means during an attempt is settled", async () => {
      const begun = makeGate<void>();
      const answer = makeGate<AttemptReport>();
      const delivery = await worker.deliver({
        attempts: [
          () => {
            begun.open();
            return answer.wait;
          },
        ],
      });
      await begun.wait;

      await delivery.handle.cancel();
      await failureOf(delivery.handle.result());
      answer.open(failedReport(1, [3600]));

      assert.deepEqual(delivery.settled, [{ deliveryId: delivery.deliveryId, run: 0, state: 'cancelled' }]);
      assert.deepEqual(delivery.numbers(), [1]);
    });
  });

  describe('that is told to retry now', () => {
    it('cuts its sleep short', async () => {
      const delivery = await worker.deliver({ attempts: [failedReport(1, [3600]), deliveredReport(2)] });
      await delivery.until('waiting', ({ state }) => state === 'waiting');

      await delivery.handle.signal(retryNowSignal);

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [1, 2]);
    });

    it('by the number of the attempt it waits for cuts its sleep short', async () => {
      const delivery = await worker.deliver({ attempts: [failedReport(1, [3600]), deliveredReport(2)] });
      await delivery.until('waiting', ({ state }) => state === 'waiting');

      await delivery.handle.signal(retryNowSignal, 2);

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [1, 2]);
    });

    for (const number of [1, 3, 7]) {
      it(`by number ${number} sleeps on before attempt 2`, async () => {
        const delivery = await worker.deliver({ attempts: [failedReport(1, [3600, 3600, 3600])] });
        await delivery.until('waiting', ({ state }) => state === 'waiting');

        await delivery.handle.signal(retryNowSignal, number);

        assert.equal((await delivery.state()).state, 'waiting');
        assert.deepEqual(delivery.numbers(), [1]);
        await delivery.handle.terminate();
      });
    }

    it('sleeps again before the attempt after the one that it was told of', async () => {
      const schedule = [3600, 7200];
      const delivery = await worker.deliver({
        attempts: [failedReport(1, schedule), failedReport(2, schedule)],
      });
      await delivery.until('waiting', ({ state }) => state === 'waiting');

      await delivery.handle.signal(retryNowSignal);
      await delivery.until('waiting again', ({ state, attempt }) => state === 'waiting' && attempt === 3);
      await delivery.handle.signal(retryNowSignal, 2);

      assert.equal((await delivery.state()).state, 'waiting');
      assert.deepEqual(delivery.numbers(), [1, 2]);
      assert.deepEqual(
        (await delivery.timers()).map(({ ms }) => ms),
        [hour, 2 * hour],
      );
      await delivery.handle.terminate();
    });

    const duringAttempts = [
      ['without a number', [undefined]],
      ['for the attempt after it', [2]],
      ['for the attempt after it, and late for the one under way', [2, 1]],
    ] as const;
    for (const [which, numbers] of duringAttempts) {
      it(`during an attempt, ${which}, does not sleep after it`, async () => {
        const begun = makeGate<void>();
        const answer = makeGate<AttemptReport>();
        const delivery = await worker.deliver({
          attempts: [
            () => {
              begun.open();
              return answer.wait;
            },
            deliveredReport(2),
          ],
        });
        await begun.wait;

        for (const number of numbers) await delivery.handle.signal(retryNowSignal, number);
        answer.open(failedReport(1, [3600]));

        assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
        assert.deepEqual(delivery.numbers(), [1, 2]);
      });
    }

    it('during an attempt that turns out held attempts again', async () => {
      const begun = makeGate<void>();
      const answer = makeGate<AttemptReport>();
      const delivery = await worker.deliver({
        attempts: [
          () => {
            begun.open();
            return answer.wait;
          },
          deliveredReport(1),
        ],
      });
      await begun.wait;

      await delivery.handle.signal(retryNowSignal, 1);
      answer.open({ kind: 'held', expiresInMs: day });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [1, 1]);
    });
  });

  describe('that is asked where it stands', () => {
    it('answers attempting while the receiver is asked, with nothing due', async () => {
      const begun = makeGate<void>();
      const answer = makeGate<AttemptReport>();
      const delivery = await worker.deliver({
        attempts: [
          () => {
            begun.open();
            return answer.wait;
          },
        ],
      });
      await begun.wait;

      assert.deepEqual(await delivery.state(), {
        state: 'attempting',
        attempt: 1,
        lastOutcome: null,
        lastStatus: null,
        dueAt: null,
        reason: 'Attempt 1 is under way.',
      });
      assert.equal(await delivery.details(), 'Attempt 1 is under way.');
      answer.open(deliveredReport(1));
      await delivery.handle.result();
    });

    it('answers waiting with the attempt that comes next, when it is due and why', async () => {
      const before = Date.now();
      const delivery = await worker.deliver({ attempts: [failedReport(1, defaultSchedule)] });
      const live = await delivery.until('waiting', ({ state }) => state === 'waiting');

      const dueMs = Date.parse(live.dueAt as string);
      assert.ok(dueMs >= before + 60_000 && dueMs <= Date.now() + 60_000, live.dueAt as string);
      assert.deepEqual(live, {
        state: 'waiting',
        attempt: 2,
        lastOutcome: 'http_5xx',
        lastStatus: 503,
        dueAt: new Date(dueMs).toISOString(),
        reason:
          'Attempt 1 ended with http_5xx (status 503): the receiver failed to handle the delivery. Retry 1 of 5 comes 1 min after it.',
      });
      assert.equal(await delivery.details(), live.reason);
      assert.deepEqual(await delivery.timers(), [{ ms: 60_000, summary: 'retry 1 of 5 in 1 min' }]);
      await delivery.handle.terminate();
    });

    it('answers waiting without a status when the receiver gave none', async () => {
      const delivery = await worker.deliver({
        attempts: [failedReport(1, [60], { outcome: 'timeout', status: null })],
      });
      const live = await delivery.until('waiting', ({ state }) => state === 'waiting');

      assert.equal(live.lastStatus, null);
      assert.equal(
        live.reason,
        'Attempt 1 ended with timeout: the receiver did not answer in time. Retry 1 of 1 comes 1 min after it.',
      );
      await delivery.handle.terminate();
    });

    it('answers held with the moment at which it expires', async () => {
      const before = Date.now();
      const delivery = await worker.deliver({ attempts: [{ kind: 'held', expiresInMs: 14 * day }] });
      const live = await delivery.until('held', ({ state }) => state === 'held');

      const dueMs = Date.parse(live.dueAt as string);
      assert.ok(dueMs >= before + 14 * day && dueMs <= Date.now() + 14 * day, live.dueAt as string);
      assert.equal(live.attempt, 1);
      assert.match(live.reason, /^Held because its hook is paused or not active; it expires in 14 d/);
      assert.equal(await delivery.details(), live.reason);
      await delivery.handle.terminate();
    });

    const ends = [
      [deliveredReport(1), 'delivered', 'Delivered: the receiver answered with success.'],
      [
        failedReport(1, [], { verdict: 'gone', outcome: 'http_4xx', status: 410 }),
        'rejected',
        'Rejected: the receiver refused it for good.',
      ],
      [failedReport(1, []), 'exhausted', 'Exhausted: the last retry of the schedule has failed.'],
      [
        { kind: 'settled', state: 'cancelled' } as const,
        'cancelled',
        'Cancelled: it will not be attempted again.',
      ],
      [
        { kind: 'held', expiresInMs: 1 } as const,
        'expired',
        'Expired: its time was over before it could be delivered.',
      ],
    ] as const;
    for (const [report, state, reason] of ends) {
      it(`answers ${state} after its end, with nothing due`, async () => {
        const delivery = await worker.deliver({ attempts: [report] });
        await delivery.handle.result().catch(() => undefined);

        const live = await delivery.state();

        assert.equal(live.state, state);
        assert.equal(live.dueAt, null);
        assert.equal(live.reason, reason);
        assert.equal(await delivery.details(), reason);
      });
    }
  });

  describe('that is started anew where the database knows more', () => {
    it('sleeps only the rest of the wait and goes on with the attempt that is due', async () => {
      const delivery = await worker.deliver({
        attempts: [failedReport(3, defaultSchedule, { dueInMs: 90_000.25 }), deliveredReport(4)],
      });
      const live = await delivery.until('waiting', ({ state }) => state === 'waiting');

      assert.equal(live.attempt, 4);
      assert.deepEqual(await delivery.timers(), [{ ms: 90_001, summary: 'retry 3 of 5 in 1 min 30 s' }]);
      await delivery.handle.signal(retryNowSignal, 4);
      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [1, 4]);
    });

    it('makes the next attempt at once when it is due already', async () => {
      const delivery = await worker.deliver({
        attempts: [failedReport(3, defaultSchedule, { dueInMs: 0 }), deliveredReport(4)],
      });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [1, 4]);
    });

    it('makes the attempt that is due although its schedule has become shorter since', async () => {
      const delivery = await worker.deliver({
        attempts: [failedReport(3, [60], { dueInMs: 10 }), deliveredReport(4)],
      });

      assert.deepEqual(await delivery.handle.result(), { state: 'delivered' });
      assert.deepEqual(delivery.numbers(), [1, 4]);
    });

    it('is held at the attempt that is due when its hook is not active', async () => {
      const delivery = await worker.deliver({
        attempts: [
          failedReport(3, defaultSchedule, { dueInMs: 14 * day, held: true }),
          { kind: 'held', expiresInMs: 13 * day },
        ],
      });
      const live = await delivery.until('held', ({ state }) => state === 'held');

      assert.equal(live.attempt, 4);
      assert.deepEqual(await delivery.timers(), [{ ms: 13 * day, summary: 'held, expires in 13 d' }]);
      await delivery.handle.terminate();
    });
  });
});
