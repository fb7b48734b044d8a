/** Deliveries of one order key: one after the other, whoever fails, however many, and nobody else waits for them. */
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import {
  issuePayload,
  makeHook,
  makeRepository,
  plainPayload,
  sendEvent,
  type OwnedRepository,
} from '../support/make.ts';
import { startReceiver, type Arrival, type Receiver } from '../support/receiver.ts';

const many = 20;
const deadlineMs = 40_000;

describe('the order of deliveries', function () {
  this.timeout(60_000);
  let holdfast: TestHoldfast;
  let receiver: Receiver;
  let repository: OwnedRepository;
  /** The most requests of one key that were under way at once. */
  let most: number;

  before(async () => {
    // What comes together goes in groups, so that both ways of a first attempt are taken.
    holdfast = await startHoldfast({ env: { HOLDFAST_GROUP_THRESHOLD: '5' } });
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    receiver = await startReceiver();
    repository = await makeRepository(holdfast);
    most = 0;
  });
  afterEach(() => receiver.stop());

  const hook = (settings: object = {}) =>
    makeHook(holdfast, repository, { url: receiver.url, events: ['*'], schedule: [1, 1, 600], ...settings });
  const keyOf = ({ body }: Arrival): string => JSON.parse(body.toString()).key as string;
  const numberOf = ({ body }: Arrival): number => JSON.parse(body.toString()).number as number;
  const payload = (key: string, number: number) => ({ ...plainPayload(repository), key, number });
  /** Sends numbered events of a key in one batch; answers their deliveries. */
  const sendBatch = async (key: string, count: number): Promise<readonly string[]> => {
    const items = Array.from({ length: count }, (_, number) => ({
      repository: `${repository.owner}/${repository.name}`,
      type: 'star.added',
      orderKey: key,
      payload: payload(key, number),
    }));
    const { status, body, text } = await holdfast.call('POST', '/api/events', {
      token: repository.token,
      body: items,
    });
    assert.equal(status, 200, text);
    return body.data.map(({ deliveries }: { deliveries: { id: string }[] }) => deliveries[0]?.id);
  };
  const send = async (key: string, number: number): Promise<string> => {
    const { status, body, text } = await holdfast.call('POST', `${repository.path}/events/star.added`, {
      token: repository.token,
      body: payload(key, number),
      headers: { 'X-Holdfast-Order-Key': key },
    });
    assert.equal(status, 202, text);
    return body.data.deliveries[0].id as string;
  };
  const read = async (id: string) =>
    (await holdfast.call('GET', `/api/deliveries/${id}`, { token: repository.token })).body.data;
  const act = (id: string, verb: string, body?: unknown) =>
    holdfast.call('POST', `/api/deliveries/${id}/${verb}`, { token: repository.token, body });
  const waitsBehind = (id: string, first: string) =>
    eventually(`${id} waits behind ${first}`, async () => {
      const delivery = await read(id);
      return delivery.state === 'waiting' && delivery.blockedBy === first ? delivery : undefined;
    });
  /** Answers each request a moment later, by its status, and counts those of one key that are under way at once. */
  const answerSlowly = (statusOf: (arrival: Arrival) => number): void => {
    const underWay = new Map<string, number>();
    receiver.answer((response, arrival) => {
      const key = keyOf(arrival);
      const count = (underWay.get(key) ?? 0) + 1;
      underWay.set(key, count);
      most = Math.max(most, count);
      setTimeout(() => {
        underWay.set(key, (underWay.get(key) ?? 1) - 1);
        response.writeHead(statusOf(arrival)).end();
      }, 20);
    });
  };

  it('is that of acceptance within a key, though the first fails twice, and other keys do not wait', async () => {
    await hook();
    let failures = 0;
    answerSlowly((arrival) =>
      keyOf(arrival) === 'a' && numberOf(arrival) === 0 && (failures += 1) <= 2 ? 500 : 200,
    );

    for (let number = 0; number < many; number += 1) await send('a', number);
    await sendBatch('b', 2);
    const arrivals = await receiver.arrived(many + 4, { deadlineMs });

    const ofKey = (key: string) => arrivals.filter((arrival) => keyOf(arrival) === key);
    const numbers = Array.from({ length: many }, (_, number) => number);
    assert.deepEqual(ofKey('a').map(numberOf), [0, 0, ...numbers]);
    assert.deepEqual(ofKey('b').map(numberOf), [0, 1]);
    assert.ok((ofKey('b')[1] as Arrival).at < (ofKey('a')[2] as Arrival).at);
    assert.equal(most, 1);
  });

  it('is that of a batch within it', async () => {
    await hook();
    answerSlowly(() => 200);

    await sendBatch('a', 10);
    const arrivals = await receiver.arrived(10, { deadlineMs });

    assert.deepEqual(
      arrivals.map(numberOf),
      Array.from({ length: 10 }, (_, number) => number),
    );
    assert.equal(most, 1);
  });

  it('shows who is waited for, refuses to attempt out of turn, and goes on when that one is cancelled', async () => {
    await hook({ schedule: [600] });
    receiver.answer(500, 200);
    const first = await send('a', 0);
    await receiver.arrived(1);
    const second = await send('a', 1);
    const waiting = await waitsBehind(second, first);

    const retried = await act(second, 'retry');
    const cancelled = await act(first, 'cancel');

    assert.match(waiting.reason, new RegExp(`turn: ${first}`));
    assert.deepEqual([waiting.orderKey, waiting.nextAttemptAt], ['a', null]);
    assert.equal(retried.status, 409);
    assert.ok(retried.body.error.includes(first), retried.body.error);
    assert.equal(cancelled.status, 202);
    assert.equal(numberOf((await receiver.arrived(2, { deadlineMs }))[1] as Arrival), 1);
  });

  it('waits for the attempt under way of one that is cancelled', async () => {
    await hook();
    const owed: (() => void)[] = [];
    receiver.answer((response) => owed.push(() => response.writeHead(200).end()), 200);
    const first = await send('a', 0);
    await receiver.arrived(1);
    const second = await send('a', 1);
    await waitsBehind(second, first);

    await act(first, 'cancel');
    const meanwhile = await waitsBehind(second, first);
    owed.forEach((give) => give());

    assert.equal(meanwhile.attemptCount, 0);
    const arrivals = await receiver.arrived(2, { deadlineMs });
    assert.deepEqual(arrivals.map(numberOf), [0, 1]);
    assert.equal((await read(first)).state, 'cancelled');
  });

  it('goes by the place in the payload that a hook names', async () => {
    const { id: hookId } = await hook({ orderKey: 'issue.number', schedule: [600] });
    receiver.answer(500, 200);

    const sent = await sendEvent(holdfast, repository, 'issues.opened', issuePayload(repository));
    await receiver.arrived(1);
    const next = await sendEvent(holdfast, repository, 'issues.opened', issuePayload(repository));
    const other = await sendEvent(holdfast, repository);

    const [first, second, free] = [sent, next, other].map(({ deliveries }) => deliveries[0]?.id as string);
    assert.equal((await waitsBehind(second as string, first as string)).orderKey, '3');
    await receiver.arrived(2, { deadlineMs });
    assert.equal((await read(free as string)).orderKey, null);
    assert.equal((await read(first as string)).webhookId, hookId);
  });

  it('does not bind what is redelivered by hand', async () => {
    await hook({ schedule: [600] });
    receiver.answer(200, 500, 200);
    const first = await send('a', 0);
    await eventually('the first is delivered', async () =>
      (await read(first)).state === 'delivered' ? true : undefined,
    );
    const second = await send('a', 1);
    await receiver.arrived(2);

    const again = await act(first, 'retry');
    await receiver.arrived(3, { deadlineMs });

    assert.equal(again.status, 202);
    assert.equal((await read(second)).blockedBy, null);
    assert.equal((await read(first)).blockedBy, null);
  });
});
