import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { durationText } from '#domain/duration-text.ts';
import { defaultSchedule } from '#domain/schedule.ts';

describe('a duration in words', () => {
  const cases = [
    [-5, '0 ms'],
    [0, '0 ms'],
    [1, '1 ms'],
    [999, '999 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1000, '1 s'],
    [1499, '1 s'],
    [1500, '2 s'],
    [59_000, '59 s'],
    [59_999, '1 min'],
    [60_000, '1 min'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [3_601_000, '1 h'],
    [5_400_000, '1 h 30 min'],
    [5_459_000, '1 h 30 min'],
    [86_399_999, '1 d'],
    [90_000_000, '1 d 1 h'],
    [86_400_000 + 60_000, '1 d'],
    [1_209_600_000, '14 d'],
  ] as const;
  for (const [ms, text] of cases) {
    it(`says ${text} for ${ms} ms`, () => {
      assert.equal(durationText(ms), text);
    });
  }

  it('says the default schedule as the documentation does', () => {
    assert.deepEqual(
      defaultSchedule.map((seconds) => durationText(seconds * 1000)),
      ['1 min', '5 min', '30 min', '2 h', '6 h'],
    );
  });

  it('is one or two units, the greater one first, for any duration', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 90 * 86_400_000, noNaN: true }), (ms) => {
        assert.match(durationText(ms), /^(\d+ ms|\d+ d( \d+ h)?|\d+ h( \d+ min)?|\d+ min( \d+ s)?|\d+ s)$/);
      }),
    );
  });
});
