import assert from 'node:assert/strict';
import { playRollingRestart } from './rolling-scene.ts';

describe('a worker that is replaced while events keep coming', function () {
  this.timeout(120_000);

  it('finishes the requests under way and exits, and its successor takes the rest: each arrives exactly once', async () => {
    const { promised, ledger, endings, underWay } = await playRollingRestart({
      workers: 1,
      rounds: 1,
      batch: 2,
      everyMs: 100,
      slowMs: 1500,
    });

    assert.deepEqual([ledger.deliveries, ledger.repeated], [promised, []]);
    assert.ok((underWay[0] ?? 0) > 0, 'nothing was under way');
    for (const { code, signal, output } of endings) assert.deepEqual([code, signal], [0, null], output);
  });
});
