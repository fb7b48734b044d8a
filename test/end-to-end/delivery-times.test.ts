/** Deliveries that may not be attempted before a time, or after one. */
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, plainPayload, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

const deadlineMs = 30_000;

/** Milliseconds after its time in which a delivery arrives at the latest, on a machine that has much else to do. */
const soonMs = 10_000;

describe('the times of a delivery', function () {
  this.timeout(60_000);
  let holdfast: TestHoldfast;
  let receiver: Receiver;
  let repository: OwnedRepository;
  let hookId: string;

  before(async () => {
    holdfast = await startHoldfast();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    receiver = await startReceiver();
    repository = await makeRepository(holdfast);
    hookId = (
      await makeHook(holdfast, repository, { url: receiver.url, events: ['*'], schedule: [600, 600] })
    ).id;
  });
  afterEach(() => receiver.stop());

  const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
  const call = (method: string, path: string, body?: unknown, headers = {}) =>
    holdfast.call(method, path, { token: repository.token, body, headers });
  /** Sends an event with headers; answers the id of its delivery. */
  const send = async (headers: Readonly<Record<string, string>>): Promise<string> => {
    const path = `${repository.path}/events/star.added`;
    const { status, body, text } = await call('POST', path, plainPayload(repository), headers);
    assert.equal(status, 202, text);
    return body.data.deliveries[0].id as string;
  };
  const read = async (id: string) => (await call('GET', `/api/deliveries/${id}`)).body.data;
  const act = (id: string, verb: string, body?: unknown) =>
    call('POST', `/api/deliveries/${id}/${verb}`, body);
  const turnHook = (active: boolean) => call('PATCH', `/api/webhooks/${hookId}`, { active });
  const inState = (id: string, state: string) =>
    eventually(
      `the delivery is ${state}`,
      async () => {
        const delivery = await read(id);
        return delivery.state === state ? delivery : undefined;
      },
      deadlineMs,
    );
  const arrivedAt = async (): Promise<number> => (await receiver.arrived(1, { deadlineMs }))[0]?.at ?? 0;

  describe('not before', () => {
    it('is kept to and said, and it is delivered soon after', async () => {
      const deliverAt = inMs(2000);

      const id = await send({ 'X-Holdfast-Deliver-At': deliverAt });

      const { state, nextAttemptAt, reason, attemptCount } = await read(id);
      assert.deepEqual([state, nextAttemptAt, attemptCount], ['waiting', deliverAt, 0]);
      assert.match(reason, new RegExp(`at ${deliverAt} and not before`));
      const late = (await arrivedAt()) - Date.parse(deliverAt);
      assert.ok(late >= 0 && late < soonMs, `${late} ms late`);
      await inState(id, 'delivered');
    });

    it('is now when it is past', async () => {
      await send({ 'X-Holdfast-Deliver-At': '2001-01-01T00:00:00+01:00' });

      await receiver.arrived(1, { deadlineMs });
    });

    it('is kept to when its hook is turned off and on again meanwhile', async () => {
      const deliverAt = inMs(2500);
      const id = await send({ 'X-Holdfast-Deliver-At': deliverAt });

      await turnHook(false);
      await inState(id, 'held');
      await turnHook(true);

      assert.equal((await read(id)).nextAttemptAt, deliverAt);
      assert.ok((await arrivedAt()) >= Date.parse(deliverAt));
    });

    it('is moved, hurried and cancelled as any wait is', async () => {
      const [moved, hurried, cancelled] = (await Promise.all(
        Array.from({ length: 3 }, () => send({ 'X-Holdfast-Deliver-At': inMs(3_600_000) })),
      )) as [string, string, string];
      const until = inMs(7_200_000);

      const answers = [
        await act(moved, 'postpone', { until }),
        await act(hurried, 'retry'),
        await act(cancelled, 'cancel'),
      ];

      assert.deepEqual(
        answers.map(({ status }) => status),
        [202, 202, 202],
      );
      await inState(hurried, 'delivered');
      assert.equal((await read(moved)).nextAttemptAt, until);
      assert.equal((await read(cancelled)).state, 'cancelled');
      assert.equal(receiver.arrivals.length, 1);
    });
  });

  describe('not after', () => {
    it('ends one that waits for its next attempt, even one moved beyond it, without making it', async () => {
      receiver.answer(500);
      const expiresAt = inMs(4000);

      const id = await send({ 'X-Holdfast-Expires-At': expiresAt });
      const moved = await send({ 'X-Holdfast-Expires-At': expiresAt });
      const waiting = await inState(id, 'waiting');
      await inState(moved, 'waiting');
      const postponed = await act(moved, 'postpone', { until: inMs(3_600_000) });
      const expired = await inState(id, 'expired');
      await inState(moved, 'expired');

      assert.deepEqual([waiting.expiresAt, waiting.nextAttemptAt], [expiresAt, null]);
      assert.match(waiting.reason, /expires .* before its next attempt/);
      assert.equal(postponed.status, 202);
      assert.ok(Date.parse(expired.settledAt) >= Date.parse(expiresAt));
      assert.match(expired.reason, /in the time that its producer gave it/);
      assert.equal(receiver.arrivals.length, 2);
      assert.equal((await act(id, 'postpone', { until: inMs(60_000) })).status, 409);
    });

    it('ends one that was put off beyond it', async () => {
      const id = await send({ 'X-Holdfast-Deliver-At': inMs(1500), 'X-Holdfast-Expires-At': inMs(2000) });

      const postponed = await act(id, 'postpone', { until: inMs(3_600_000) });

      assert.equal(postponed.status, 202);
      await inState(id, 'expired');
      assert.equal(receiver.arrivals.length, 0);
    });

    it('ends one that is held, and does not bind it when it is redelivered by hand', async () => {
      const id = await send({ 'X-Holdfast-Deliver-At': inMs(2000), 'X-Holdfast-Expires-At': inMs(2500) });
      await turnHook(false);

      await inState(id, 'expired');
      await act(id, 'retry');

      const again = await inState(id, 'delivered');
      assert.deepEqual([again.run, again.expiresAt], [1, null]);
    });
  });
});
