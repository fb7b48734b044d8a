import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { attemptLimits } from '#domain/limits.ts';
import { defaultSchedule, isHalfUsed, isSameSchedule, waitAfterAttempt } from '#domain/schedule.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('the schedule', () => {
  const cases = [
    [1, minute],
    [2, 5 * minute],
    [3, 30 * minute],
    [4, 2 * hour],
    [5, 6 * hour],
    [6, undefined],
    [7, undefined],
  ] as const;
  for (const [attempt, waitMs] of cases) {
    it(`waits ${waitMs === undefined ? 'no more' : `${waitMs / minute} min`} after attempt ${attempt} by default`, () => {
      assert.equal(waitAfterAttempt(defaultSchedule, attempt, null), waitMs);
    });
  }

  it('is half used when half of its delays, rounded up, have come', () => {
    const usedAfter = (delays: number): number => {
      const schedule = Array.from({ length: delays }, () => 60);
      return [1, 2, 3, 4].findIndex((attempt) => isHalfUsed(schedule, attempt)) + 1;
    };

    assert.deepEqual([5, 4, 2, 1].map(usedAfter), [3, 2, 1, 1]);
  });

  it('makes one attempt when it is empty', () => {
    assert.equal(waitAfterAttempt([], 1, null), undefined);
  });

  it('is lengthened by a Retry-After that asks for more', () => {
    assert.equal(waitAfterAttempt([60], 1, 90_000), 90_000);
  });

  it('is not shortened by a Retry-After that asks for less', () => {
    assert.equal(waitAfterAttempt([60], 1, 1000), minute);
    assert.equal(waitAfterAttempt([60], 1, 0), minute);
  });

  it('follows a Retry-After for ten hours at the most', () => {
    assert.equal(attemptLimits.retryAfterMs, 10 * hour);
    assert.equal(waitAfterAttempt([60], 1, 11 * hour), 10 * hour);
  });

  it('keeps its own delay where that is longer than any Retry-After may be', () => {
    assert.equal(waitAfterAttempt([86_400], 1, 11 * hour), 24 * hour);
  });

  it('gets no further attempt from a Retry-After once it is used up', () => {
    assert.equal(waitAfterAttempt([60], 2, hour), undefined);
  });

  it('is exact by default, whatever chance says', () => {
    for (const chance of [0, 0.3, 1])
      assert.equal(waitAfterAttempt([...defaultSchedule], 2, null, chance), 5 * minute);
  });

  it('is shortened or lengthened by a tenth at the most when an owner has set it', () => {
    assert.deepEqual(
      [0, 0.25, 0.5, 1].map((chance) => waitAfterAttempt([60], 1, null, chance)),
      [54_000, 57_000, 60_000, 66_000],
    );
  });

  it('is never shorter than what a receiver asks for, whatever chance says', () => {
    assert.equal(waitAfterAttempt([60], 1, minute, 0), minute);
    assert.equal(waitAfterAttempt([60], 1, minute, 1), 66_000);
  });

  it('is the same without a list as with the default one, and another with any other', () => {
    assert.ok(isSameSchedule(null, [...defaultSchedule]));
    assert.ok(!isSameSchedule(null, [60]));
    assert.ok(!isSameSchedule([60, 300], [60]));
  });

  it('waits between its own delay and the greater of that and ten hours, whatever a receiver asks for', () => {
    const schedules = fc.array(fc.integer({ min: 1, max: 2_592_000 }), { minLength: 1, maxLength: 30 });
    const wishes = fc.option(fc.double({ min: 0, max: 1e13, noNaN: true }), { nil: null });
    fc.assert(
      fc.property(schedules, fc.nat({ max: 40 }), wishes, (schedule, index, wishMs) => {
        const delaySeconds = schedule[index];
        const waitMs = waitAfterAttempt(schedule, index + 1, wishMs);
        if (delaySeconds === undefined) return waitMs === undefined;
        const ownMs = delaySeconds * 1000;
        return (
          waitMs !== undefined && waitMs >= ownMs && waitMs <= Math.max(ownMs, attemptLimits.retryAfterMs)
        );
      }),
    );
  });
});
