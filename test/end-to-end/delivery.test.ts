import assert from 'node:assert/strict';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { eventually } from '../support/eventually.ts';
import { makeHook, makeRepository, sendEvent, plainPayload } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { verifySignature } from '#receiver/verify-signature.ts';

describe('a delivery', () => {
  let holdfast: TestHoldfast;
  let receiver: Receiver;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startHoldfast();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.stop());

  const settled = (id: string, token: string) =>
    eventually(`delivery ${id} settles`, async () => {
      const { body } = await holdfast.call('GET', `/api/deliveries/${id}`, { token });
      return body.data.settledAt === null ? undefined : body.data;
    });

  it('arrives signed, with the bytes that were sent', async () => {
    const repository = await makeRepository(holdfast);
    const hook = await makeHook(holdfast, repository, { url: receiver.url, events: ['star.added'] });
    const text = `  {"b": 9007199254740993, "a":1e400,${JSON.stringify(plainPayload(repository)).slice(1)} `;

    const event = await sendEvent(holdfast, repository, 'star.added', text);
    const [arrival] = await receiver.arrived(1);

    assert.equal(arrival?.body.toString(), text);
    assert.equal(arrival?.headers['x-sigmagit-event'], 'star.added');
    assert.equal(arrival?.headers['user-agent'], 'Sigmagit-Webhook/1.0');
    assert.equal(arrival?.headers['webhook-id'], event.deliveries[0]?.id);
    assert.ok(verifySignature(arrival?.body, arrival?.headers['x-sigmagit-signature'], hook.secret));
    const delivery = await settled(event.deliveries[0]?.id as string, repository.token);
    assert.equal(delivery.state, 'delivered');
    assert.equal(delivery.attempts.length, 1);
  });

  it('is retried by its schedule until it succeeds', async () => {
    const repository = await makeRepository(holdfast);
    await makeHook(holdfast, repository, { url: receiver.url, events: ['star.added'], schedule: [1, 1, 1] });
    receiver.answer(500, 503, 200);

    const event = await sendEvent(holdfast, repository);
    await receiver.arrived(3);

    const delivery = await settled(event.deliveries[0]?.id as string, repository.token);
    assert.deepEqual(
      delivery.attempts.map((attempt: { outcome: string }) => attempt.outcome),
      ['http_5xx', 'http_5xx', 'delivered'],
    );
  });
});
