import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { digestOf } from '../../bench/load/load-plan.ts';
import { startReceiver, type Receiver } from '../../bench/receiver/receiver.ts';
import { tally } from '../../bench/tally.ts';

describe("the bench's receiver", () => {
  let receiver: Receiver;
  const client = new Agent({ connections: 4 });

  before(async () => {
    receiver = await startReceiver();
  });
  after(async () => {
    await client.close();
    await receiver.stop();
  });

  const post = async (lane: string, id: string, body: string): Promise<number> => {
    const headers = { 'webhook-id': id };
    const reply = await request(receiver.urlOf(lane), { method: 'POST', dispatcher: client, headers, body });
    await reply.body.dump();
    return reply.statusCode;
  };

  const promise = (body: string) => ({ id: randomUUID(), dueMs: 0, sha256: digestOf(body), body });

  it('counts what never arrived as lost, and what came twice as duplicated', async () => {
    const [once, twice, never] = [promise('one'), promise('two'), promise('three')];
    for (const { id, body } of [once, twice, twice]) await post('/counting/0', id, body);

    const counts = tally([once, twice, never], await receiver.entries('/counting/'));

    assert.deepEqual(counts, {
      accepted: 3,
      delivered: 2,
      lost: 1,
      duplicated: 1,
      altered: 0,
      unannounced: 0,
    });
  });

  it('takes a repeat after a failure for a retry, and one that never succeeds for lost', async () => {
    const [recovering, failing] = [promise('one'), promise('two')];
    await receiver.behave('/retrying/0', { failShare: 1, failArrivals: 2 });
    const statuses = [];
    for (const { id, body } of [recovering, recovering, recovering, failing, failing]) {
      statuses.push(await post('/retrying/0', id, body));
    }

    const counts = tally([recovering, failing], await receiver.entries('/retrying/'));

    assert.deepEqual(statuses, [503, 503, 200, 503, 503]);
    assert.deepEqual([counts.delivered, counts.lost, counts.duplicated], [1, 1, 0]);
  });

  it('notices bytes that are not those that were sent, and deliveries that nobody announced', async () => {
    const altered = promise('one');
    await post('/altering/0', altered.id, 'One');
    await post('/altering/0', randomUUID(), 'stranger');

    const counts = tally([altered], await receiver.entries('/altering/'));

    assert.deepEqual([counts.altered, counts.unannounced, counts.lost], [1, 1, 0]);
  });

  it('reads a body that comes in several pieces', async () => {
    const large = promise('x'.repeat(300_000));
    await post('/pieces/0', large.id, large.body);

    const [entry] = await receiver.entries('/pieces/');

    assert.equal(entry?.sha256, large.sha256);
  });

  it('waits before it answers when it is told to', async () => {
    await receiver.behave('/slow/0', { delayMs: 100 });
    const startedMs = performance.now();

    await post('/slow/0', randomUUID(), 'one');

    assert.ok(performance.now() - startedMs >= 99);
  });

  it('keeps lanes apart and forgets the ones it is told to forget', async () => {
    await post('/apart/0', randomUUID(), 'one');
    await post('/kept/0', randomUUID(), 'one');

    await receiver.forget('/apart/');

    assert.equal((await receiver.entries('/apart/')).length, 0);
    assert.equal((await receiver.entries('/kept/')).length, 1);
  });
});
