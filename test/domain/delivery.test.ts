import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { deliveryStates, isSettled, settledStates, stepAfter } from '#domain/delivery.ts';

describe('a delivery', () => {
  it('has nine states: stored deliveries and clients know them', () => {
    assert.deepEqual(
      [...deliveryStates],
      [
        'pending',
        'attempting',
        'waiting',
        'held',
        'delivered',
        'exhausted',
        'rejected',
        'cancelled',
        'expired',
      ],
    );
  });

  for (const state of deliveryStates) {
    const ended = !['pending', 'attempting', 'waiting', 'held'].includes(state);
    it(`${ended ? 'has ended' : 'goes on'} when it is ${state}`, () => {
      assert.equal(isSettled(state), ended);
    });
  }

  const steps = [
    ['delivered', 1, { kind: 'settle', state: 'delivered' }],
    ['delivered', 3, { kind: 'settle', state: 'delivered' }],
    ['gone', 1, { kind: 'settle', state: 'rejected' }],
    ['gone', 3, { kind: 'settle', state: 'rejected' }],
    ['retry', 1, { kind: 'wait', waitMs: 10_000 }],
    ['retry', 2, { kind: 'wait', waitMs: 20_000 }],
    ['retry', 3, { kind: 'settle', state: 'exhausted' }],
  ] as const;
  for (const [verdict, attempt, step] of steps) {
    it(`with two retries and the verdict ${verdict} on attempt ${attempt} goes to ${JSON.stringify(step)}`, () => {
      assert.deepEqual(stepAfter({ verdict, attempt, schedule: [10, 20], retryAfterMs: null }), step);
    });
  }

  it('waits as long as the receiver asks', () => {
    const step = stepAfter({ verdict: 'retry', attempt: 1, schedule: [10], retryAfterMs: 60_000 });

    assert.deepEqual(step, { kind: 'wait', waitMs: 60_000 });
  });

  it('is exhausted by the failure of the attempt after its last retry delay, whatever the schedule', () => {
    const schedules = fc.array(fc.integer({ min: 1, max: 2_592_000 }), { maxLength: 30 });
    fc.assert(
      fc.property(schedules, (schedule) => {
        let attempt = 1;
        while (stepAfter({ verdict: 'retry', attempt, schedule, retryAfterMs: null }).kind === 'wait')
          attempt += 1;
        assert.equal(attempt, schedule.length + 1);
      }),
    );
  });

  it('ends in a settled state whenever a step settles it', () => {
    const verdicts = fc.constantFrom('delivered' as const, 'gone' as const, 'retry' as const);
    fc.assert(
      fc.property(verdicts, fc.integer({ min: 1, max: 9 }), (verdict, attempt) => {
        const step = stepAfter({ verdict, attempt, schedule: [1, 1], retryAfterMs: null });
        return step.kind === 'wait' || (settledStates as readonly string[]).includes(step.state);
      }),
    );
  });
});
