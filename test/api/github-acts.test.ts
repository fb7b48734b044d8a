/** What is asked for by hand in the shape of GitHub: redeliveries, pings and tests, none of which counts on a hook. */
import assert from 'node:assert/strict';
import {
  issuePayload,
  makeRepository,
  pushPayload,
  sendEvent,
  type OwnedRepository,
} from '../support/make.ts';
import { startReceiver, type Arrival, type Receiver } from '../support/receiver.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';
import { endOf, entriesOf, makeQuietHook, type QuietHook } from './github-entries.ts';

describe('by hand, in the shape of GitHub,', function () {
  this.timeout(60_000);
  let holdfast: CheckedHoldfast;
  let receiver: Receiver;
  let repository: OwnedRepository;

  before(async () => {
    holdfast = await startChecked({ engine: true });
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    receiver = await startReceiver();
    repository = await makeRepository(holdfast);
  });
  afterEach(() => receiver.stop());

  const call = (method: string, path: string) => holdfast.call(method, path, { token: repository.token });
  const make = (
    schedule: readonly number[],
    settings: { events?: readonly string[]; active?: boolean } = {},
  ) =>
    makeQuietHook(
      { holdfast, repository },
      { url: receiver.url, events: ['push', 'issues'], schedule, ...settings },
    );
  const entries = (hook: QuietHook, count: number) => entriesOf({ holdfast, repository }, hook, count);
  const open = () => sendEvent(holdfast, repository, 'issues.opened', issuePayload(repository));
  const push = () => sendEvent(holdfast, repository, 'push', pushPayload(repository));
  const ended = (deliveryId: string | undefined) => endOf({ holdfast, repository }, deliveryId);
  /** How a hook fares. */
  const standing = async ({ id }: QuietHook) => {
    const { body } = await call('GET', `/api/webhooks/${id}`);
    const { active, failureCount, lastDeliveryAt } = body.data;
    return { active, failureCount, lastDeliveryAt };
  };
  /** How a hook fares of which nothing counted. */
  const untouched = { active: true, failureCount: 0, lastDeliveryAt: null };

  it('a redelivery sends at once what still waits for its next attempt', async () => {
    receiver.answer(500, 200);
    const hook = await make([600]);
    const event = await open();
    const [failed] = await entries(hook, 1);

    const { status } = await call('POST', `${hook.path}/deliveries/${failed?.id}/attempts`);

    assert.equal(status, 202);
    const [second] = await entries(hook, 2);
    assert.deepEqual([second?.guid, second?.redelivery, second?.status_code], [failed?.guid, true, 200]);
    assert.equal(await ended(event.deliveries[0]?.id), 'delivered');
    assert.equal(receiver.arrivals.length, 2);
  });

  it('a redelivery counts on no hook, even when it fails for good', async () => {
    const hook = await make([1]);
    await open();
    const [first] = await entries(hook, 1);
    await ended(first?.guid);
    const before = await standing(hook);
    receiver.answer(500);

    await call('POST', `${hook.path}/deliveries/${first?.id}/attempts`);

    const shown = await entries(hook, 3);
    assert.deepEqual(
      shown.map(({ guid, redelivery }) => [guid, redelivery]),
      [true, true, false].map((again) => [first?.guid, again]),
    );
    assert.equal(await ended(first?.guid), 'exhausted');
    assert.deepEqual(await standing(hook), before);
  });

  it('a redelivery leaves the hook on when the receiver says that it is gone', async () => {
    const hook = await make([1]);
    await open();
    const [first] = await entries(hook, 1);
    await ended(first?.guid);
    receiver.answer(410);

    await call('POST', `${hook.path}/deliveries/${first?.id}/attempts`);

    await entries(hook, 2);
    assert.equal(await ended(first?.guid), 'rejected');
    const { active, failureCount } = await standing(hook);
    assert.deepEqual([active, failureCount], [true, 0]);
  });

  it('a ping is tried once and not counted', async () => {
    receiver.answer(500);
    const hook = await make([1, 1]);

    const { status } = await call('POST', `${hook.path}/pings`);

    assert.equal(status, 204);
    const [ping] = await entries(hook, 1);
    assert.deepEqual([ping?.event, ping?.status_code, ping?.redelivery], ['ping', 500, false]);
    assert.equal(await ended(ping?.guid), 'exhausted');
    assert.deepEqual(await standing(hook), untouched);
    assert.equal(receiver.arrivals.length, 1);
  });

  it('a ping reaches a hook that is off, which gets no events', async () => {
    const hook = await make([1], { active: false });
    assert.deepEqual((await open()).deliveries, []);

    await call('POST', `${hook.path}/pings`);

    const [arrival] = await receiver.arrived(1);
    assert.equal(arrival?.headers['x-github-event'], 'ping');
    await entries(hook, 1);
    assert.deepEqual(await standing(hook), { ...untouched, active: false });
  });

  it('a test sends the latest push and is not counted', async () => {
    const early = await push();
    const late = await push();
    receiver.answer(500);
    const hook = await make([]);

    const { status } = await call('POST', `${hook.path}/tests`);

    assert.equal(status, 204);
    const [entry] = await entries(hook, 1);
    assert.equal(entry?.event, 'push');
    assert.equal(await ended(entry?.guid), 'exhausted');
    const { body } = await call('GET', `/api/deliveries/${entry?.guid}`);
    assert.deepEqual([body.data.eventId, early.id < late.id], [late.id, true]);
    assert.deepEqual(await standing(hook), untouched);
  });

  it('a test sends nothing where the hook does not listen to push, or there was none', async () => {
    const listening = await make([600]);
    const early = await call('POST', `${listening.path}/test`);
    await push();
    await entries(listening, 1);
    const deaf = await make([600], { events: ['issues'] });

    const late = await call('POST', `${deaf.path}/test`);

    assert.deepEqual([early.status, late.status], [204, 204]);
    const { body } = await call('GET', '/api/deliveries');
    assert.equal(body.data.length, 1);
    assert.equal(body.data[0].webhookId, listening.id);
  });

  it('a rotation goes on while other settings change, and ends when the secret is set', async () => {
    const hook = await make([600]);
    const rotated = await call('POST', `/api/webhooks/${hook.id}/rotate-secret`);
    assert.equal(rotated.status, 200, rotated.text);
    const change = (path: string, body: object) =>
      holdfast.call('PATCH', path, { token: repository.token, body });
    const isRotating = async () => {
      const { deliveries } = await open();
      const where = ({ headers }: Arrival) => headers['webhook-id'] === deliveries[0]?.id;
      const [arrival] = await receiver.arrived(1, { where });
      return arrival?.headers['x-hub-signature-256-previous'] !== undefined;
    };

    await change(`${hook.path}/config`, { content_type: 'form' });
    const afterMerge = await isRotating();
    await change(hook.path, { config: { url: receiver.url, secret: '********' } });
    const afterMask = await isRotating();
    await change(`${hook.path}/config`, { secret: 'another secret' });
    const afterSecret = await isRotating();

    assert.deepEqual([afterMerge, afterMask, afterSecret], [true, true, false]);
  });
});
