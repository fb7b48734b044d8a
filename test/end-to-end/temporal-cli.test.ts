/** What an operator does to deliveries with Temporal's own command line: the messages of their workflows, and resets. */
import assert from 'node:assert/strict';
import { auditOf } from '#db/queries/control-delivery.ts';
import { deliveryWorkflowId } from '#domain/ids.ts';
import { rowOf } from '../db/records.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { runTemporalCli } from '../support/temporal-cli.ts';

const deadlineMs = 30_000;

describe("Temporal's command line", function () {
  this.timeout(90_000);
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
    receiver.answer(500);
    repository = await makeRepository(holdfast);
  });
  afterEach(() => receiver.stop());

  const call = async (method: string, path: string, body?: unknown) =>
    (
      await holdfast.call(method, path, {
        token: repository.token,
        ...(body === undefined ? {} : { body }),
      })
    ).body.data;
  const inState = (id: string, state: string, attempts: number) =>
    eventually(
      `the delivery is ${state} after ${attempts} attempts`,
      async () => {
        const delivery = await call('GET', `/api/deliveries/${id}`);
        return delivery.state === state && delivery.attempts.length === attempts ? delivery : undefined;
      },
      deadlineMs,
    );
  /** A delivery of a hook with this schedule after its first attempts have failed. */
  const failed = async (schedule: readonly number[], state: string, attempts = 1): Promise<string> => {
    hookId = (await makeHook(holdfast, repository, { url: receiver.url, events: ['*'], schedule })).id;
    const { deliveries } = await sendEvent(holdfast, repository);
    const id = deliveries[0]?.id as string;
    await inState(id, state, attempts);
    return id;
  };
  const handleOf = (id: string) => holdfast.temporal.client.workflow.getHandle(deliveryWorkflowId(id, 0));
  const signal = (id: string, name: string, ...input: readonly string[]) =>
    runTemporalCli('workflow', 'signal', '-w', deliveryWorkflowId(id, 0), '--name', name, ...input);
  /** Resets a workflow that has failed. */
  const reset = async (id: string, type: string): Promise<void> => {
    await eventually('its workflow has failed', async () =>
      (await handleOf(id).describe()).status.name === 'FAILED' ? true : undefined,
    );
    await runTemporalCli(
      'workflow',
      'reset',
      '-w',
      deliveryWorkflowId(id, 0),
      '--type',
      type,
      '--reason',
      'again',
    );
  };
  /** Of the attempts of a delivery in order, which were asked for. */
  const byHand = async (id: string): Promise<readonly boolean[]> => {
    const { rows } = await holdfast.database.pool.query<{ by_hand: boolean }>(
      'select by_hand from attempt where delivery_id = $1 and run = 0 order by attempt',
      [id],
    );
    return rows.map(({ by_hand: asked }) => asked);
  };
  const askedOf = async (id: string) =>
    (await auditOf(holdfast.database.pool, id)).map(({ username, action, requestId }) => {
      assert.equal(requestId, deliveryWorkflowId(id, 0));
      return `${username}: ${action}`;
    });

  it('attempts now what is held although its hook is off, by hand', async () => {
    const id = await failed([600, 600], 'waiting');
    await call('PATCH', `/api/webhooks/${hookId}`, { active: false });
    await inState(id, 'held', 1);

    await signal(id, 'retryNow');

    await inState(id, 'held', 2);
    assert.deepEqual(await byHand(id), [false, true]);
    assert.deepEqual(await askedOf(id), ['temporal: retry']);
  });

  it('moves the next attempt, makes it, and cancels', async () => {
    const id = await failed([600, 600], 'waiting');
    const until = new Date(Date.now() + 3_600_000).toISOString();

    await signal(id, 'postpone', '--input', JSON.stringify(until));
    await eventually('it has moved', async () => {
      const { due_at: dueAt } = await rowOf(holdfast.database.pool, 'delivery', id);
      return (dueAt as Date).toISOString() === until ? true : undefined;
    });
    await signal(id, 'retryNow');
    await inState(id, 'waiting', 2);
    await signal(id, 'cancel');
    await inState(id, 'cancelled', 2);

    assert.deepEqual(await askedOf(id), ['temporal: postpone', 'temporal: retry', 'temporal: cancel']);
    assert.deepEqual(await handleOf(id).result(), { state: 'cancelled' });
  });

  for (const type of ['FirstWorkflowTask', 'LastWorkflowTask'])
    it(`attempts an exhausted delivery again after a reset to the ${type}, and again after another`, async () => {
      const id = await failed([1], 'exhausted', 2);
      // Turned off because it never succeeded: what follows the attempt asked for would be held.
      await call('PATCH', `/api/webhooks/${hookId}`, { active: true });

      await reset(id, type);
      await inState(id, 'exhausted', 4);
      receiver.answer(200);
      await reset(id, type);
      await inState(id, 'delivered', 5);

      assert.deepEqual(await byHand(id), [false, false, true, false, true]);
      assert.deepEqual(await handleOf(id).result(), { state: 'delivered' });
      assert.deepEqual(await askedOf(id), ['temporal: reset', 'temporal: reset']);
      assert.equal(receiver.arrivals.length, 5);
    });
});
