import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { deliveryWorkflowId } from '#domain/ids.ts';
import { retryNowSignal, stateQuery } from '#workflows/messages.ts';
import { countOf } from '../db/records.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { readLedger } from '../support/ledger.ts';
import { makeHook, makeRepository, plainPayload, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Arrival, type Receiver } from '../support/receiver.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** The payload of the event of a number, with a spacing of its own. */
const payloadOf = (repository: OwnedRepository, number: number) => ({
  ...plainPayload(repository),
  number,
  text: `żółw ${'🐘'.repeat(number % 7)}`,
});

describe('deliveries under load', function () {
  this.timeout(120_000);

  let holdfast: TestHoldfast;
  let receivers: Receiver[];

  before(async () => {
    holdfast = await startHoldfast({ env: { HOLDFAST_GROUP_THRESHOLD: '5' } });
  });
  after(() => holdfast.stop());
  beforeEach(() => {
    receivers = [];
  });
  afterEach(() => Promise.all(receivers.map((receiver) => receiver.stop())));

  const receive = async (): Promise<Receiver> => {
    const receiver = await startReceiver();
    receivers.push(receiver);
    return receiver;
  };
  /** A repository with one hook at the receiver. */
  const listen = async (receiver: Receiver, settings: object = {}, by = holdfast) => {
    const repository = await makeRepository(by);
    const hook = await makeHook(by, repository, { url: receiver.url, events: ['star.added'], ...settings });
    return { repository, hookId: hook.id };
  };
  /** Reports events in batches and answers the ids of their deliveries. */
  const sendMany = async (
    repository: OwnedRepository,
    count: number,
    by = holdfast,
  ): Promise<readonly string[]> => {
    const name = `${repository.owner}/${repository.name}`;
    const ids: string[] = [];
    for (let from = 0; from < count; from += 100) {
      const body = Array.from({ length: Math.min(100, count - from) }, (_, index) => ({
        repository: name,
        type: 'star.added',
        payload: payloadOf(repository, from + index),
      }));
      const answer = await by.call('POST', '/api/events', { token: repository.token, body });
      assert.equal(answer.status, 200, answer.text);
      for (const { deliveries } of answer.body.data as { deliveries: { id: string }[] }[])
        ids.push(...deliveries.map(({ id }) => id));
    }
    return ids;
  };
  const readDelivery = async (id: string, by = holdfast) =>
    (await by.call('GET', `/api/deliveries/${id}`)).body.data;
  /** Resolves when so many deliveries of a hook satisfy a condition. */
  const until = (hookId: string, condition: string, count: number, by = holdfast): Promise<true> =>
    eventually(
      `${count} deliveries of the hook: ${condition}`,
      async () => {
        const found = await countOf(by.database.pool, 'delivery', `hook_id = '${hookId}' and ${condition}`);
        return found === count ? true : undefined;
      },
      60_000,
    );
  const idsOf = (arrivals: readonly Arrival[]): readonly string[] =>
    arrivals.map(({ headers }) => String(headers['webhook-id']));
  const handleOf = (id: string) => holdfast.temporal.client.workflow.getHandle(deliveryWorkflowId(id, 0));

  it('arrive exactly once, with the bytes that were sent, and name the group that ran them', async () => {
    const receiver = await receive();
    const { repository, hookId } = await listen(receiver);

    const ids = await sendMany(repository, 200);
    await until(hookId, `state = 'delivered'`, 200);

    assert.deepEqual(new Set(idsOf(receiver.arrivals)), new Set(ids));
    assert.equal(receiver.arrivals.length, 200);
    assert.deepEqual(
      new Set(receiver.arrivals.map(({ body }) => sha256(body))),
      new Set(ids.map((_, number) => sha256(JSON.stringify(payloadOf(repository, number))))),
    );
    const shown = await Promise.all(ids.map((id) => readDelivery(id)));
    const groups = new Set(
      shown.map(({ workflowId }) => workflowId as string).filter((name) => name.startsWith('dispatch/')),
    );
    assert.ok(groups.size > 0, 'no delivery was run by a group');
    for (const delivery of shown) {
      assert.equal(delivery.attempts.length, 1);
      assert.match(
        delivery.workflowId,
        delivery.workflowId.startsWith('dispatch/') ? /^dispatch\// : new RegExp(`/${delivery.id}$`),
      );
    }
    for (const name of groups) {
      const report = (await holdfast.temporal.client.workflow.getHandle(name).result()) as {
        readonly carried: number;
        readonly delivered: number;
      };
      assert.equal(report.delivered, report.carried);
    }
  });

  it('to a receiver that fails go on in workflows of their own, and succeed when they are retried', async () => {
    const receiver = await receive();
    receiver.answer(503);
    const { repository, hookId } = await listen(receiver, { schedule: [3600, 3600] });

    const ids = await sendMany(repository, 60);
    await until(hookId, `state = 'waiting'`, 60);
    const { rows: grouped } = await holdfast.database.pool.query<{ id: string }>(
      'select id from delivery where hook_id = $1 and group_id is not null',
      [hookId],
    );
    for (const id of ids) {
      await eventually(`${id} waits in its own workflow`, async () => {
        const live = await handleOf(id)
          .query(stateQuery)
          .catch(() => undefined);
        return live?.state === 'waiting' && live.attempt === 2 ? true : undefined;
      });
    }
    const waiting = await eventually('one of them is told of by its workflow', async () => {
      const delivery = await readDelivery(ids[0] as string);
      return delivery.source === 'live' ? delivery : undefined;
    });
    receiver.answer(200);
    await Promise.all(ids.map((id) => handleOf(id).signal(retryNowSignal)));
    await until(hookId, `state = 'delivered'`, 60);

    assert.ok(grouped.length > 0, 'no delivery was attempted in a group');
    for (const { id } of grouped.slice(0, 5)) {
      await handleOf(id).result();
      const { events = [] } = await handleOf(id).fetchHistory();
      assert.equal(events?.filter((event) => event.activityTaskScheduledEventAttributes).length, 1);
    }
    assert.equal(waiting.workflowId, `delivery/${waiting.id}`);
    assert.equal(receiver.arrivals.length, 120);
    const ledger = readLedger(receiver.arrivals);
    assert.deepEqual([ledger.deliveries, ledger.repeated.length], [60, 60]);
    assert.equal(
      await countOf(holdfast.database.pool, 'attempt', `hook_id = '${hookId}' and interrupted`),
      0,
    );
  });

  it('of one event to fifty hooks arrive once at each', async () => {
    const receiver = await receive();
    const repository = await makeRepository(holdfast);
    for (let number = 0; number < 50; number += 1)
      await makeHook(holdfast, repository, {
        url: `${receiver.url}/${number}`,
        events: ['star.added'],
      });

    const event = await sendEvent(holdfast, repository);
    await receiver.arrived(50, { deadlineMs: 60_000 });
    await eventually('all are on record', async () => {
      const done = await countOf(
        holdfast.database.pool,
        'delivery',
        `event_id = '${event.id}' and state = 'delivered'`,
      );
      return done === 50 ? true : undefined;
    });

    assert.equal(new Set(receiver.arrivals.map(({ path }) => path)).size, 50);
    assert.equal(receiver.arrivals.length, 50);
  });

  it('of a hook that is paused and resumed meanwhile come neither twice nor never', async () => {
    const receiver = await receive();
    const owed: (() => void)[] = [];
    let isOwing = true;
    receiver.answer((response) => {
      if (isOwing) owed.push(() => response.end());
      else response.end();
    });
    const { repository, hookId } = await listen(receiver);
    const pause = async (active: boolean): Promise<void> => {
      const path = `/api/webhooks/${hookId}`;
      const answer = await holdfast.call('PATCH', path, { token: repository.token, body: { active } });
      assert.equal(answer.status, 200, answer.text);
    };

    const ids = await sendMany(repository, 150);
    await receiver.arrived(20, { deadlineMs: 60_000 });
    await pause(false);
    isOwing = false;
    owed.forEach((answer) => answer());
    await eventually('some are kept back', async () =>
      (await countOf(holdfast.database.pool, 'delivery', `hook_id = '${hookId}' and state = 'held'`)) > 0
        ? true
        : undefined,
    );
    await pause(true);
    await pause(false);
    await pause(true);
    await until(hookId, `state = 'delivered'`, 150);

    assert.deepEqual(new Set(idsOf(receiver.arrivals)), new Set(ids));
    assert.equal(receiver.arrivals.length, 150);
  });

  it('of a hook that is deleted meanwhile are cancelled, and sent no more', async () => {
    const receiver = await receive();
    const owed: (() => void)[] = [];
    receiver.answer((response) => {
      owed.push(() => response.end());
    });
    const { repository, hookId } = await listen(receiver);
    await sendMany(repository, 150);
    await receiver.arrived(20, { deadlineMs: 60_000 });

    const path = `/api/webhooks/${hookId}`;
    const answer = await holdfast.call('DELETE', path, { token: repository.token });
    assert.equal(answer.status, 200, answer.text);
    const arrived = receiver.arrivals.length;
    receiver.answer(200);
    owed.forEach((end) => end());
    await eventually('all that was sent is on record', async () =>
      (await countOf(holdfast.database.pool, 'attempt', `hook_id = '${hookId}'`)) === receiver.arrivals.length
        ? true
        : undefined,
    );

    await until(hookId, `state = 'cancelled'`, 150);
    assert.ok(arrived < 150, 'everything had arrived before the hook was deleted');
    assert.deepEqual(readLedger(receiver.arrivals).repeated, []);
  });

  it('go in no group at all when the threshold is 0', async () => {
    const receiver = await receive();
    const alone = await startHoldfast({ env: { HOLDFAST_GROUP_THRESHOLD: '0' } });
    try {
      const { repository, hookId } = await listen(receiver, {}, alone);
      const ids = await sendMany(repository, 60, alone);
      await until(hookId, `state = 'delivered'`, 60, alone);

      assert.equal(await countOf(alone.database.pool, 'delivery', 'group_id is not null'), 0);
      assert.equal(receiver.arrivals.length, 60);
      for (const id of ids) {
        const handle = alone.temporal.client.workflow.getHandle(deliveryWorkflowId(id, 0));
        assert.deepEqual(await handle.result(), { state: 'delivered' });
        const [started] = (await handle.fetchHistory()).events ?? [];
        const queue = started?.workflowExecutionStartedEventAttributes?.taskQueue?.name;
        assert.equal(queue, alone.config.temporal.taskQueue);
      }
      const { taskQueue } = alone.config.temporal;
      const query = `TaskQueue = '${taskQueue}' and WorkflowType = 'dispatchGroup'`;
      assert.equal((await alone.temporal.client.workflow.count(query)).count, 0);
    } finally {
      await alone.stop();
    }
  });

  it('that a group delivered have no workflow of their own', async () => {
    const receiver = await receive();
    const { repository, hookId } = await listen(receiver);
    const ids = await sendMany(repository, 60);
    await until(hookId, `state = 'delivered'`, 60);

    const shown = await Promise.all(ids.map((id) => readDelivery(id)));
    const grouped = shown.filter(({ workflowId }) => workflowId.startsWith('dispatch/'));

    assert.ok(grouped.length > 0, 'no delivery was run by a group');
    for (const { id } of grouped.slice(0, 5))
      await assert.rejects(handleOf(id).describe(), WorkflowNotFoundError);
  });
});
