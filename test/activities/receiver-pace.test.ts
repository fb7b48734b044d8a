import assert from 'node:assert/strict';
import { createReceiverPace, type ReceiverPace } from '#activities/receiver-pace.ts';
import { eventually } from '../support/eventually.ts';

/** A request that is answered when a test says so. */
function begin(pace: ReceiverPace, hookId: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { reply: pace.time(hookId, () => promise), answer: () => resolve('done'), fail: reject };
}

const slow = (pace: ReceiverPace, hookId: string): Promise<true> =>
  eventually(`${hookId} is slow`, () => Promise.resolve(pace.isSlow(hookId) || undefined));

describe('the pace of receivers', () => {
  it('counts what is under way, each hook for itself', async () => {
    const pace = createReceiverPace();

    const [first, second, other] = [begin(pace, 'a'), begin(pace, 'a'), begin(pace, 'b')];
    assert.deepEqual([pace.underWay('a'), pace.underWay('b'), pace.underWay('c')], [2, 1, 0]);
    first.answer();

    assert.equal(await first.reply, 'done');
    assert.equal(pace.underWay('a'), 1);
    second.answer();
    other.answer();
    await Promise.all([second.reply, other.reply]);
    assert.deepEqual([pace.underWay('a'), pace.underWay('b')], [0, 0]);
  });

  it('forgets a request that threw, and passes on what it threw', async () => {
    const pace = createReceiverPace();
    const request = begin(pace, 'a');
    const fault = new Error('stopped');

    request.fail(fault);

    await assert.rejects(request.reply, fault);
    assert.equal(pace.underWay('a'), 0);
  });

  it('finds nobody slow that has answered all', async () => {
    const pace = createReceiverPace();
    const request = begin(pace, 'a');
    assert.equal(pace.isSlow('a'), false);

    request.answer();
    await request.reply;

    assert.equal(pace.isSlow('a'), false);
    assert.equal(pace.isSlow('never asked'), false);
  });

  it('finds a receiver slow while its oldest request is owed a reply, whatever the younger ones do', async () => {
    const pace = createReceiverPace();
    const oldest = begin(pace, 'a');
    await slow(pace, 'a');
    const younger = begin(pace, 'a');
    const elsewhere = begin(pace, 'b');

    assert.deepEqual([pace.isSlow('a'), pace.isSlow('b')], [true, false]);
    younger.answer();
    await younger.reply;
    assert.equal(pace.isSlow('a'), true);

    const last = begin(pace, 'a');
    oldest.answer();
    await oldest.reply;
    assert.equal(pace.isSlow('a'), false);
    last.answer();
    elsewhere.answer();
    await Promise.all([last.reply, elsewhere.reply]);
  });
});
