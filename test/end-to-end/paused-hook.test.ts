/** A hook that is paused: what is held, what is passed over, and how it goes out afterwards. */
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, plainPayload, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

describe('a hook that is paused', function () {
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
    hookId = (await makeHook(holdfast, repository, { url: receiver.url, events: ['*'], schedule: [600] })).id;
  });
  afterEach(() => receiver.stop());

  const call = (method: string, path: string, body?: unknown) =>
    holdfast.call(method, path, { token: repository.token, body });
  const pause = (body?: unknown) => call('POST', `/api/webhooks/${hookId}/pause`, body);
  const resume = (body?: unknown) => call('POST', `/api/webhooks/${hookId}/resume`, body);
  const readHook = async () => (await call('GET', `/api/webhooks/${hookId}`)).body.data;
  const readDelivery = async (id: string) => (await call('GET', `/api/deliveries/${id}`)).body.data;
  const inState = (id: string, state: string) =>
    eventually(`delivery ${id} is ${state}`, async () => {
      const delivery = await readDelivery(id);
      return delivery.state === state ? delivery : undefined;
    });
  const send = async (mark: number): Promise<string | undefined> => {
    const event = await sendEvent(holdfast, repository, 'star.added', { ...plainPayload(repository), mark });
    return event.deliveries[0]?.id;
  };
  const sendMany = async (count: number, from = 0): Promise<void> => {
    for (let mark = from; mark < from + count; mark += 1) await send(mark);
  };
  const marks = () =>
    receiver.arrivals.map(({ body }) => (JSON.parse(body.toString()) as { mark: number }).mark);
  const drained = () =>
    eventually('the drain has ended', async () => ((await readHook()).drain === null ? true : undefined));

  it('holds what is reported, and sends it in order when it goes on', async () => {
    const paused = await pause();
    await sendMany(20);
    const held = await readDelivery((await send(20)) as string);
    const resumed = await resume({ ratePerSecond: 50 });
    await sendMany(3, 21);
    await receiver.arrived(24);
    await drained();

    assert.equal(paused.status, 200);
    assert.ok(paused.body.data.pausedAt);
    assert.equal(paused.body.data.active, true);
    assert.deepEqual([held.state, held.source, held.attempts], ['held', 'stored', []]);
    assert.match(held.reason, /its hook is paused/);
    assert.deepEqual(
      [resumed.body.data.pausedAt, resumed.body.data.drain.ratePerSecond, resumed.body.data.drain.total],
      [null, 50, 21],
    );
    assert.deepEqual(
      marks(),
      Array.from({ length: 24 }, (_, mark) => mark),
    );
  });

  it('sends at once again when all has gone out', async () => {
    await pause();
    await sendMany(1);
    await resume({ ratePerSecond: 100 });
    await receiver.arrived(1);
    await drained();

    const id = (await send(1)) as string;

    assert.equal((await inState(id, 'delivered')).attemptCount, 1);
  });

  it('passes over what is reported meanwhile when it does not hold', async () => {
    const { body } = await pause({ hold: false });

    const id = await send(1);

    assert.equal(body.data.pausedAt !== null, true);
    assert.equal(id, undefined);
    await resume();
    await drained();
    assert.equal(typeof (await send(2)), 'string');
  });

  it('holds what waits for its next attempt, which goes out with the rest', async () => {
    receiver.answer(500, 200);
    const waiting = (await send(1)) as string;
    await inState(waiting, 'waiting');
    await pause();
    const held = await inState(waiting, 'held');
    await sendMany(1, 2);

    await resume({ ratePerSecond: 20 });
    await receiver.arrived(3);

    assert.equal(held.nextAttemptAt, null);
    assert.equal((await inState(waiting, 'delivered')).attemptCount, 2);
    assert.deepEqual(marks(), [1, 1, 2]);
  });

  it('goes on by itself when its time has come', async () => {
    const until = new Date(Date.now() + 1500);
    const paused = await pause({ until: until.toISOString() });
    const id = (await send(1)) as string;

    await inState(id, 'delivered');

    assert.equal(paused.body.data.pausedUntil, until.toISOString());
    assert.ok((receiver.arrivals[0]?.at ?? 0) >= until.getTime());
    assert.equal((await readHook()).pausedUntil, null);
  });

  it('holds the rest when it is paused while it drains', async () => {
    await pause();
    await sendMany(6);
    await resume({ ratePerSecond: 1 });
    await receiver.arrived(1);

    const paused = await pause();

    assert.equal(paused.body.data.drain, null);
    await resume({ ratePerSecond: 100 });
    await receiver.arrived(6);
    assert.deepEqual(marks(), [0, 1, 2, 3, 4, 5]);
  });

  it('is paused again when its drain is cancelled in Temporal', async () => {
    await pause();
    await sendMany(4);
    await resume({ ratePerSecond: 0.5 });
    await receiver.arrived(1);

    await holdfast.temporal.client.workflow.getHandle(`drain/${hookId}`).cancel();

    await eventually('the hook is paused', async () => ((await readHook()).pausedAt ? true : undefined));
    assert.equal(
      (await call('GET', `/api/deliveries?webhookId=${hookId}&state=held`)).body.data.length >= 2,
      true,
    );
  });

  it('sends what fails of a drain by its schedule', async () => {
    receiver.answer(500);
    await pause();
    const id = (await send(1)) as string;
    await resume();

    const waiting = await eventually('it waits in a workflow of its own', async () => {
      const delivery = await readDelivery(id);
      return delivery.state === 'waiting' && delivery.source === 'live' ? delivery : undefined;
    });

    assert.deepEqual([waiting.attemptCount, waiting.workflowId], [1, `delivery/${id}`]);
    await drained();
  });

  it('refuses a time that is over, and a rate that is none', async () => {
    const answers = [await pause({ until: '2020-01-01T00:00:00Z' }), await resume({ ratePerSecond: 0 })];

    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.fields?.[0]?.path]),
      [
        [422, 'until'],
        [422, 'ratePerSecond'],
      ],
    );
  });
});
