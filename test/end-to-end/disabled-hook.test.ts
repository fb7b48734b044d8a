import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type Answer, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, plainPayload, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

/** A schedule of five retries without waits worth speaking of; the sixth attempt is the last. */
const fiveRetries = [1, 1, 1, 1, 1];

describe('a hook that fails', function () {
  this.timeout(60_000);

  let holdfast: TestHoldfast;
  let repository: OwnedRepository;
  let receiver: Receiver;

  before(async () => {
    holdfast = await startHoldfast();
    repository = await makeRepository(holdfast);
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.stop());

  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    holdfast.call(method, path, { token: repository.token, body });

  // oxlint-disable-next-line typescript/no-explicit-any -- replies are looked into by path
  const hookOf = async (id: string): Promise<any> => (await call('GET', `/api/webhooks/${id}`)).body.data;

  // oxlint-disable-next-line typescript/no-explicit-any -- replies are looked into by path
  const inState = (id: string, state: string): Promise<any> =>
    eventually(
      `delivery ${id} is ${state}`,
      async () => {
        const { body } = await call('GET', `/api/deliveries/${id}`);
        return body.data.state === state ? body.data : undefined;
      },
      30_000,
    );

  const send = async (marked = false): Promise<string> => {
    const payload = { ...plainPayload(repository), ...(marked ? { poison: true } : {}) };
    const event = await sendEvent(holdfast, repository, 'star.added', payload);
    return event.deliveries.at(-1)?.id as string;
  };

  it('is disabled at the sixth failure of a delivery, and not before', async () => {
    const hook = await makeHook(holdfast, repository, {
      url: receiver.url,
      events: ['star.added'],
      schedule: fiveRetries,
    });
    receiver.answer(500);

    const id = await send();
    await receiver.arrived(5, { deadlineMs: 30_000 });
    const before = await hookOf(hook.id);
    await inState(id, 'exhausted');
    const after = await hookOf(hook.id);

    assert.equal(before.active, true);
    assert.ok(before.failureCount <= 5);
    assert.equal(after.active, false);
    assert.equal(after.failureCount, 6);
    assert.equal(after.disabledReason, 'delivery_exhausted');
    assert.equal(after.lastDeliveryStatus, 'failed');
    assert.equal(receiver.arrivals.length, 6);
    const event = await sendEvent(holdfast, repository);
    assert.ok(
      event.deliveries.every(({ webhookId }) => webhookId !== hook.id),
      'a disabled hook gets new deliveries',
    );
  });

  it('stays enabled when another delivery succeeded in between', async () => {
    const hook = await makeHook(holdfast, repository, {
      url: receiver.url,
      events: ['star.added'],
      schedule: fiveRetries,
    });
    receiver.answer((response, { body }) => {
      response.writeHead(body.includes('poison') ? 500 : 200).end();
    });

    const poisonous = await send(true);
    await receiver.arrived(2, { deadlineMs: 30_000 });
    await inState(await send(), 'delivered');
    await inState(poisonous, 'exhausted');

    assert.equal((await hookOf(hook.id)).active, true);
    await call('DELETE', `/api/webhooks/${hook.id}`);
  });

  it('keeps what waits back when it is disabled, and sends it when it is enabled again', async () => {
    const hook = await makeHook(holdfast, repository, {
      url: receiver.url,
      events: ['star.added'],
      schedule: [3600],
    });
    receiver.answer(500, 410, 200);

    const waiting = await send();
    await inState(waiting, 'waiting');
    const last = await send();
    await inState(last, 'rejected');
    const held = await inState(waiting, 'held');
    const disabled = await hookOf(hook.id);
    const enabled = await call('PATCH', `/api/webhooks/${hook.id}`, { active: true });
    await inState(waiting, 'delivered');

    assert.equal(disabled.active, false);
    assert.equal(disabled.disabledReason, 'gone');
    assert.match(held.reason, /not active/);
    assert.equal(held.nextAttemptAt, null);
    assert.equal(enabled.body.data.failureCount, 0);
    assert.equal(enabled.body.data.disabledAt, null);
    await call('DELETE', `/api/webhooks/${hook.id}`);
  });

  it('cancels what is unfinished when it is deleted', async () => {
    const hook = await makeHook(holdfast, repository, {
      url: receiver.url,
      events: ['star.added'],
      schedule: [1],
    });
    receiver.answer(500);

    const id = await send();
    await inState(id, 'waiting');
    const deleted = await call('DELETE', `/api/webhooks/${hook.id}`);
    await inState(id, 'cancelled');
    const workflow = holdfast.temporal.client.workflow.getHandle(`delivery/${id}`);

    assert.deepEqual(deleted.body, { success: true });
    assert.deepEqual(await workflow.result(), { state: 'cancelled' });
    assert.equal(receiver.arrivals.length, 1);
  });
});
