import assert from 'node:assert/strict';
import { playRollingRestart, type RollingOutcome } from '../deploy/rolling-scene.ts';

/** A steady trickle that goes in workflows of its own, and bursts that go in groups. */
const loads = {
  'a steady trickle of events': { batch: 2, everyMs: 100 },
  'bursts of events that go in groups': { batch: 150, everyMs: 1500 },
} as const;

describe('rolling restarts of two workers, twice', function () {
  this.timeout(300_000);

  for (const [what, load] of Object.entries(loads)) {
    describe(`under ${what}`, () => {
      let outcome: RollingOutcome;

      before(async () => {
        outcome = await playRollingRestart({ ...load, workers: 2, rounds: 2, slowMs: 1500 });
      });

      it('deliver every event once and none twice', () => {
        const { promised, ledger } = outcome;

        assert.deepEqual([ledger.deliveries, ledger.repeated], [promised, []]);
      });

      it('stop each worker in order, with requests under way', () => {
        const { endings, underWay } = outcome;

        assert.equal(endings.length, 4);
        for (const { code, signal, output } of endings) assert.deepEqual([code, signal], [0, null], output);
        assert.ok(underWay.every((requests) => requests > 0));
      });
    });
  }
});
