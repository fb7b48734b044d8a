/** A hook's schedule that changes while deliveries wait by the old one, and the waits of schedules that owners set. */
import assert from 'node:assert/strict';
import { deliveryWorkflowId } from '#domain/ids.ts';
import { defaultSchedule } from '#domain/schedule.ts';
import { stateQuery } from '#workflows/messages.ts';
import { rowOf } from '../db/records.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

const slackMs = 30_000;

describe('the schedule of a hook', function () {
  this.timeout(90_000);
  let holdfast: TestHoldfast;
  let receiver: Receiver;
  let repository: OwnedRepository;

  before(async () => {
    holdfast = await startHoldfast();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    receiver = await startReceiver();
    receiver.answer(500);
    repository = await makeRepository(holdfast);
  });
  afterEach(() => receiver.stop());

  const call = async (method: string, path: string, body?: unknown) => {
    const options = { token: repository.token, ...(body === undefined ? {} : { body }) };
    const answer = await holdfast.call(method, path, options);
    assert.ok(answer.status < 300, answer.text);
    return answer.body.data;
  };
  const hookWith = async (schedule: readonly number[] | null): Promise<string> =>
    (await makeHook(holdfast, repository, { url: receiver.url, events: ['*'], schedule })).id;
  const change = (hookId: string, schedule: readonly number[] | null) =>
    call('PATCH', `/api/webhooks/${hookId}`, { schedule });
  /** A delivery whose first attempt has failed. */
  const failedOnce = async (): Promise<string> => {
    const { deliveries } = await sendEvent(holdfast, repository);
    const id = deliveries[0]?.id as string;
    await eventually('its first attempt has failed', async () => {
      const { state, attempt } = await live(id);
      return state === 'waiting' && attempt === 2 ? true : undefined;
    });
    return id;
  };
  const live = (id: string) =>
    holdfast.temporal.client.workflow
      .getHandle(deliveryWorkflowId(id, 0))
      .query(stateQuery)
      .catch(() => ({ state: 'none', attempt: 0, reason: '', dueAt: null }));
  /** Milliseconds by which the next attempt of a delivery comes after the end of its last one. */
  const waitOf = async (id: string): Promise<number> => {
    const { due_at: dueAt } = await rowOf(holdfast.database.pool, 'delivery', id);
    const { attempts } = await call('GET', `/api/deliveries/${id}`);
    return (dueAt as Date).getTime() - Date.parse(attempts.at(-1).endedAt);
  };

  it('that becomes shorter brings forward what waits, and says so', async () => {
    const hookId = await hookWith([21_600]);
    const id = await failedOnce();

    await change(hookId, [5]);
    const patchedAt = Date.now();
    const told = await eventually('its workflow says so', async () => {
      const { reason } = await live(id);
      return /comes in (\d+) s\.$/.test(reason) ? reason : undefined;
    });
    const [first, second] = await receiver.arrived(2, { deadlineMs: slackMs });

    assert.match(told, /^Attempt 1 ended with http_5xx \(status 500\).*Retry 1 of 1 comes in [1-6] s\.$/);
    assert.ok((second?.at ?? 0) - patchedAt < 10_000, String((second?.at ?? 0) - patchedAt));
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 4400);
  });

  it('that becomes shorter while an attempt is under way counts after it', async () => {
    const hookId = await hookWith([21_600]);
    const owed: (() => void)[] = [];
    receiver.answer((response) => owed.push(() => response.writeHead(500).end()), 200);
    await sendEvent(holdfast, repository);
    await receiver.arrived(1);

    await change(hookId, [1]);
    owed.forEach((give) => give());

    await receiver.arrived(2, { deadlineMs: slackMs });
  });

  it('that becomes longer puts off what waits, past the old time', async () => {
    const hookId = await hookWith([3]);
    const id = await failedOnce();

    await change(hookId, [3600]);

    const waitMs = await waitOf(id);
    assert.ok(waitMs >= 3_240_000 && waitMs <= 3_960_000, String(waitMs));
    const { dueAt } = await eventually('its workflow sleeps until the new time', async () => {
      const state = await live(id);
      return Date.parse(state.dueAt ?? '') > Date.now() + 3_000_000 ? state : undefined;
    });
    const { due_at: stored } = await rowOf(holdfast.database.pool, 'delivery', id);
    assert.ok(Math.abs(Date.parse(dueAt ?? '') - (stored as Date).getTime()) < 5000);
    assert.equal(receiver.arrivals.length, 1);
  });

  it('is exact by default, and spread by a tenth where its owner has set it', async () => {
    await hookWith(null);
    await hookWith([1000]);
    const ofHook = new Map<string, string[]>();
    for (let count = 0; count < 6; count += 1)
      for (const { id, webhookId } of (await sendEvent(holdfast, repository)).deliveries)
        ofHook.set(webhookId, [...(ofHook.get(webhookId) ?? []), id]);
    const ids = [...ofHook.values()];

    const [exact = [], spread = []] = await eventually('all have failed once', async () => {
      const states = await Promise.all(ids.flat().map((id) => live(id)));
      return states.every(({ state }) => state === 'waiting')
        ? Promise.all(ids.map((some) => Promise.all(some.map(waitOf))))
        : undefined;
    });

    assert.deepEqual(new Set(exact), new Set([(defaultSchedule[0] as number) * 1000]));
    assert.ok(
      spread.every((waitMs) => waitMs >= 900_000 && waitMs <= 1_100_000),
      String(spread),
    );
    assert.ok(new Set(spread).size > 1, String(spread));
  });
});
