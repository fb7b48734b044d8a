/** A hook that its failures have turned off and that is probed: one held delivery now and then, until one is delivered. */
import assert from 'node:assert/strict';
import { query } from '#db/query.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

describe('a hook that is probed', function () {
  this.timeout(60_000);
  let holdfast: TestHoldfast;
  let receiver: Receiver;
  let repository: OwnedRepository;

  before(async () => {
    holdfast = await startHoldfast({ sweepTimes: { wakeMs: 100, overdueMs: 5000, leaseMs: 60_000 } });
    repository = await makeRepository(holdfast);
    receiver = await startReceiver();
  });
  after(async () => {
    await receiver.stop();
    await holdfast.stop();
  });

  const call = (path: string) => holdfast.call('GET', path, { token: repository.token });
  const readHook = async (id: string) => (await call(`/api/webhooks/${id}`)).body.data;
  const inState = (id: string, state: string, attempts: number) =>
    eventually(`delivery ${id} is ${state} after ${attempts} attempts`, async () => {
      const { data } = (await call(`/api/deliveries/${id}`)).body;
      return data.state === state && data.attemptCount === attempts ? data : undefined;
    });
  /** Makes the hook's next probe due, for which nobody shall wait a minute. */
  const makeDue = (id: string) =>
    eventually('the hook is to be probed', async () => {
      const rows = await query(holdfast.database.pool, {
        text: 'update hook set probe_at = now() where id = $1 and probe_at is not null returning id',
        values: [id],
      });
      return rows.length === 1 ? true : undefined;
    });
  const send = async () => (await sendEvent(holdfast, repository)).deliveries[0]?.id as string;

  it('tries one held delivery, uses nothing of it up, and sends all when one is delivered', async () => {
    const { id: hookId } = await makeHook(holdfast, repository, {
      url: receiver.url,
      events: ['*'],
      schedule: [3600],
      disableAfterConsecutiveFailures: 2,
      probeWhenDisabled: true,
    });
    receiver.answer(500);
    const deliveries = [await send(), await send()] as const;
    await inState(deliveries[0], 'held', 1);
    await inState(deliveries[1], 'held', 1);
    const off = await readHook(hookId);

    await makeDue(hookId);
    await inState(deliveries[0], 'held', 2);
    const untouched = await inState(deliveries[1], 'held', 1);
    const stillOff = await readHook(hookId);
    receiver.answer(200);
    await makeDue(hookId);
    await inState(deliveries[0], 'delivered', 3);
    await inState(deliveries[1], 'delivered', 2);
    const on = await readHook(hookId);

    assert.deepEqual([off.active, off.disabledReason], [false, 'consecutive_failures']);
    assert.equal(untouched.state, 'held');
    assert.deepEqual([stillOff.active, stillOff.failureCount], [false, 2]);
    assert.deepEqual([on.active, on.failureCount, on.disabledAt], [true, 0, null]);
  });
});
