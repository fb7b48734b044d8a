import assert from 'node:assert/strict';
import { createShortage } from '#dispatch/shortage.ts';

describe('the shortage of a lane', () => {
  let nowMs: number;
  const start = () => createShortage(() => nowMs);

  beforeEach(() => {
    nowMs = 1000;
  });

  it('is on when every look has filled the lane for a second', () => {
    const shortage = start();

    for (const [elapsedMs, isOn] of [
      [0, false],
      [999, false],
      [1, true],
      [5000, true],
    ] as const) {
      nowMs += elapsedMs;
      shortage.note(2, 2);
      assert.equal(shortage.isOn(), isOn);
    }
  });

  it('is over, and begins anew, when one look leaves room', () => {
    const shortage = start();
    shortage.note(4, 4);
    nowMs += 2000;
    assert.equal(shortage.isOn(), true);

    shortage.note(3, 4);
    assert.equal(shortage.isOn(), false);
    shortage.note(4, 4);
    assert.equal(shortage.isOn(), false);
  });

  it('is neither begun nor ended by a look at a full lane', () => {
    const shortage = start();

    shortage.note(0, 0);
    nowMs += 2000;
    assert.equal(shortage.isOn(), false);
    shortage.note(4, 4);
    nowMs += 1000;
    shortage.note(0, 0);
    assert.equal(shortage.isOn(), true);
  });
});
