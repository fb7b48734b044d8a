import assert from 'node:assert/strict';
import { createRush } from '#dispatch/rush.ts';

describe('the rush', () => {
  let nowMs: number;
  const start = () => createRush(25, () => nowMs);

  beforeEach(() => {
    nowMs = 1000;
  });

  it('is on from the first group on, whatever was taken one by one', () => {
    const rush = start();

    rush.note(50, false);
    assert.equal(rush.isOn(), false);
    rush.note(51, true);
    assert.equal(rush.isOn(), true);
  });

  it('stays on for a second in which nothing comes, and is over after it', () => {
    const rush = start();
    rush.note(500, true);

    nowMs += 999;
    rush.note(0, false);
    assert.equal(rush.isOn(), true);
    nowMs += 1;
    rush.note(0, false);
    assert.equal(rush.isOn(), false);
  });

  it('goes on for as long as each second brings more than a few', () => {
    const rush = start();
    rush.note(500, true);

    for (const [taken, isOn] of [
      [26, true],
      [26, true],
      [25, false],
    ] as const) {
      nowMs += 600;
      rush.note(taken - 10, true);
      nowMs += 400;
      rush.note(10, true);
      assert.equal(rush.isOn(), isOn, `${taken}`);
    }
  });
});
