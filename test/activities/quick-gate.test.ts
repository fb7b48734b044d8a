import assert from 'node:assert/strict';
import { createQuickGate, type QuickGate } from '#activities/quick-gate.ts';
import { createReceiverPace, type ReceiverPace } from '#activities/receiver-pace.ts';
import { quickLimits } from '#domain/limits.ts';
import { eventually } from '../support/eventually.ts';

describe('the gate of quick attempts', () => {
  let pace: ReceiverPace;
  let gate: QuickGate;
  let release: () => void;
  let held: Promise<void>;

  beforeEach(() => {
    pace = createReceiverPace();
    gate = createQuickGate(pace);
    ({ promise: held, resolve: release } = Promise.withResolvers<void>());
  });

  /** Asks for admission; an attempt that is admitted ends when it is released. */
  const ask = (hookId: string): { readonly begun: boolean; readonly result: Promise<string | undefined> } => {
    let begun = false;
    const result = gate.admit(hookId, () => {
      begun = true;
      return pace.time(hookId, async () => {
        await held;
        return 'attempted';
      });
    });
    return { begun, result };
  };
  const askOfMany = (count: number) => Array.from({ length: count }, (_, index) => ask(`hook ${index}`));

  it('answers what the attempt answers', async () => {
    const { begun, result } = ask('a');
    release();

    assert.equal(begun, true);
    assert.equal(await result, 'attempted');
  });

  it('admits as many as it may, runs nothing of those beyond, and is open again after them', async () => {
    const admitted = askOfMany(quickLimits.concurrency);

    const refused = ask('one more');
    assert.equal(await refused.result, undefined);
    assert.equal(refused.begun, false);
    release();
    const results = await Promise.all(admitted.map(({ result }) => result));

    assert.deepEqual(
      results,
      results.map(() => 'attempted'),
    );
    assert.equal(await ask('later').result, 'attempted');
  });

  it('admits of one hook as many as it may, whatever else is free', async () => {
    const admitted = Array.from({ length: quickLimits.concurrencyOfHook }, () => ask('a'));

    assert.ok(admitted.every(({ begun }) => begun));
    assert.equal(await ask('a').result, undefined);
    assert.equal(ask('b').begun, true);
    release();
    await Promise.all(admitted.map(({ result }) => result));
    assert.equal(await ask('a').result, 'attempted');
  });

  it('admits no more of one hook although none of those admitted has come to its receiver yet', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const asked = Array.from({ length: quickLimits.concurrencyOfHook + 1 }, () =>
      gate.admit('a', () => promise),
    );

    const last = await Promise.race([asked.at(-1), new Promise((next) => setImmediate(next, 'admitted'))]);
    resolve('attempted');

    assert.equal(last, undefined);
    await Promise.all(asked);
  });

  it('counts requests of the same hook that came another way', async () => {
    const others = Array.from({ length: quickLimits.concurrencyOfHook }, () => pace.time('a', () => held));

    assert.equal(await ask('a').result, undefined);
    release();
    await Promise.all(others);
  });

  it('does not admit while the receiver keeps others waiting', async () => {
    const hanging = pace.time('a', () => held);
    await eventually('the receiver is slow', () => Promise.resolve(pace.isSlow('a') || undefined));

    assert.equal(await ask('a').result, undefined);
    release();
    await hanging;
    assert.equal(await ask('a').result, 'attempted');
  });

  it('has room again after attempts that threw', async () => {
    const fault = new Error('The database is away');
    for (let index = 0; index <= quickLimits.concurrency; index += 1)
      await assert.rejects(
        gate.admit('a', () => Promise.reject(fault)),
        fault,
      );

    release();
    assert.equal(await ask('a').result, 'attempted');
  });
});
