import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  createDeliveryMemory,
  type Claim,
  type DeliveryMemory,
  type DeliveryMemoryOptions,
} from '#receiver/delivery-memory.ts';

type NewClaim = Extract<Claim, { readonly kind: 'new' }>;

/** A memory of which the test moves the clock. */
function make(options: DeliveryMemoryOptions = {}) {
  const clock = { ms: 5 };
  const memory = createDeliveryMemory({ now: () => clock.ms, ...options });
  return { clock, memory };
}

async function claimNew(memory: DeliveryMemory, id: string): Promise<NewClaim> {
  const claim = await memory.claim(id);
  assert.ok(claim.kind === 'new', `${id} is ${claim.kind}`);
  return claim;
}

const kindOf = async (memory: DeliveryMemory, id: string): Promise<string> => (await memory.claim(id)).kind;

describe('createDeliveryMemory', () => {
  it('gives a delivery to one of several that ask', async () => {
    const { memory } = make();

    await claimNew(memory, 'a');

    assert.equal(await kindOf(memory, 'a'), 'working');
    assert.equal(await kindOf(memory, 'a'), 'working');
    assert.equal(await kindOf(memory, 'b'), 'new');
  });

  it('knows a delivery that was handled', async () => {
    const { memory } = make();

    await (await claimNew(memory, 'a')).complete();

    assert.equal(await kindOf(memory, 'a'), 'done');
    assert.equal(await kindOf(memory, 'a'), 'done');
  });

  it('forgets one whose handling failed, so that its next try is new', async () => {
    const { memory } = make();

    await (await claimNew(memory, 'a')).release();

    await (await claimNew(memory, 'a')).complete();
    assert.equal(await kindOf(memory, 'a'), 'done');
  });

  it('keeps what was handled for twice the tolerance and a minute, then forgets it', async () => {
    const { clock, memory } = make();
    const claim = await claimNew(memory, 'a');
    clock.ms += 600_000;
    await claim.complete();

    clock.ms += 659_999;
    const before = await kindOf(memory, 'a');
    clock.ms += 1;

    assert.equal(before, 'done');
    assert.equal(await kindOf(memory, 'a'), 'new');
  });

  it('forgets each in its own time, whatever was handled meanwhile', async () => {
    const { clock, memory } = make({ keepSeconds: 10 });
    const first = await claimNew(memory, 'a');
    clock.ms += 5000;
    await claimNew(memory, 'b');
    clock.ms += 3000;
    await first.complete();

    clock.ms += 8000;

    assert.equal(await kindOf(memory, 'b'), 'new');
    assert.equal(await kindOf(memory, 'a'), 'done');
  });

  it('gives up a claim that nobody ends, and then leaves the next one alone', async () => {
    const { clock, memory } = make({ keepSeconds: 10 });
    const lapsed = await claimNew(memory, 'a');
    clock.ms += 10_000;
    const next = await claimNew(memory, 'a');

    await lapsed.release();

    assert.equal(await kindOf(memory, 'a'), 'working');
    await next.complete();
    await lapsed.release();
    assert.equal(await kindOf(memory, 'a'), 'done');
  });

  it('forgets the oldest when it is full', async () => {
    const { memory } = make({ deliveriesAtMost: 2 });
    for (const id of ['a', 'b', 'c']) await (await claimNew(memory, id)).complete();

    assert.equal(await kindOf(memory, 'c'), 'done');
    assert.equal(await kindOf(memory, 'b'), 'done');
    assert.equal(await kindOf(memory, 'a'), 'new');
  });

  it('handles each delivery once, whatever fails, comes twice or comes at once', async () => {
    const steps = fc.array(
      fc.record({ id: fc.constantFrom('a', 'b', 'c'), what: fc.constantFrom('ask', 'complete', 'release') }),
    );
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const { memory } = make();
        const open = new Map<string, NewClaim>();
        const handled = new Set<string>();
        for (const { id, what } of plan) {
          const mine = open.get(id);
          if (what === 'ask' || mine === undefined) {
            const claim = await memory.claim(id);
            const expected = handled.has(id) ? 'done' : mine === undefined ? 'new' : 'working';
            assert.equal(claim.kind, expected);
            if (claim.kind === 'new') open.set(id, claim);
            continue;
          }
          open.delete(id);
          await mine[what === 'complete' ? 'complete' : 'release']();
          if (what === 'complete') handled.add(id);
        }
      }),
    );
  });

  it('refuses limits that would remember nothing', () => {
    for (const limit of [0, -1, Number.NaN]) {
      assert.throws(() => createDeliveryMemory({ keepSeconds: limit }), RangeError);
      assert.throws(() => createDeliveryMemory({ deliveriesAtMost: limit }), RangeError);
    }
  });
});
