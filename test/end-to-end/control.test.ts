/** Control over a delivery that waits: by routes, and by the signals and updates of its workflow. */
import assert from 'node:assert/strict';
import { auditOf } from '#db/queries/control-delivery.ts';
import { deliveryWorkflowId } from '#domain/ids.ts';
import { cancelUpdate, postponeSignal, postponeUpdate, retryNowUpdate } from '#workflows/messages.ts';
import { rowOf } from '../db/records.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, makeToken, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

const clicks = 50;

describe('control over a delivery', function () {
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

  const call = (method: string, path: string, body?: unknown, token = repository.token) =>
    holdfast.call(method, path, { token, ...(body === undefined ? {} : { body }) });
  const act = (id: string, verb: string, body?: unknown) =>
    call('POST', `/api/deliveries/${id}/${verb}`, body);
  const read = async (id: string) => (await call('GET', `/api/deliveries/${id}`)).body.data;
  const inState = (id: string, state: string, attempts: number) =>
    eventually(`the delivery is ${state} after ${attempts} attempts`, async () => {
      const delivery = await read(id);
      return delivery.state === state && delivery.attempts.length === attempts ? delivery : undefined;
    });
  /** A delivery whose first attempt the receiver answered with this. */
  const delivered = async (answer: number, state: string): Promise<string> => {
    receiver.answer(answer);
    const { deliveries } = await sendEvent(holdfast, repository);
    const id = deliveries[0]?.id as string;
    await inState(id, state, 1);
    return id;
  };
  /** Asks for an attempt many times at once, while the receiver owes its answer; gives the statuses. */
  const clickedDuringAttempt = async (id: string, status: number): Promise<readonly number[]> => {
    const owed: (() => void)[] = [];
    receiver.answer((response) => owed.push(() => response.writeHead(status).end()));
    const answers = await Promise.all(Array.from({ length: clicks }, () => act(id, 'retry')));
    await receiver.arrived(2);
    receiver.answer(status);
    owed.forEach((give) => give());
    return answers.map((answer) => answer.status);
  };
  const handleOf = (id: string) => holdfast.temporal.client.workflow.getHandle(deliveryWorkflowId(id, 0));
  const actionsOn = async (id: string) =>
    (await auditOf(holdfast.database.pool, id)).map(({ username, action }) => [username, action]);

  describe('that waits', () => {
    it('attempts it once, however many ask for it at the same moment', async () => {
      const id = await delivered(500, 'waiting');

      const answers = await clickedDuringAttempt(id, 500);

      assert.deepEqual(new Set(answers), new Set([202]));
      await inState(id, 'waiting', 2);
      assert.deepEqual(await actionsOn(id), [[repository.owner, 'retry']]);
    });

    it('cancels it for good', async () => {
      const id = await delivered(500, 'waiting');

      const answers = [await act(id, 'cancel'), await act(id, 'cancel')];
      const retried = await act(id, 'retry');

      assert.deepEqual(
        answers.map(({ status, body }) => [status, body.data.state]),
        [
          [202, 'cancelled'],
          [202, 'cancelled'],
        ],
      );
      assert.equal(retried.status, 409);
      assert.match(retried.body.error, /it is cancelled/);
      assert.deepEqual(await handleOf(id).result(), { state: 'cancelled' });
      assert.equal(receiver.arrivals.length, 1);
      assert.deepEqual(await actionsOn(id), [[repository.owner, 'cancel']]);
    });

    it('moves its next attempt, to sooner and to later', async () => {
      const id = await delivered(500, 'waiting');
      receiver.answer(200);
      const later = new Date(Date.now() + 3_600_000).toISOString();
      const soon = new Date(Date.now() + 3000);

      const answer = await act(id, 'postpone', { until: later });

      assert.deepEqual([answer.status, answer.body.data.nextAttemptAt], [202, later]);
      await eventually('its workflow knows', async () =>
        (await read(id)).reason.includes(later) ? true : undefined,
      );
      assert.equal((await act(id, 'postpone', { until: soon.toISOString() })).status, 202);
      await inState(id, 'delivered', 2);
      assert.ok((receiver.arrivals[1]?.at ?? 0) >= soon.getTime() - 50);
      assert.deepEqual(await actionsOn(id), [
        [repository.owner, 'postpone'],
        [repository.owner, 'postpone'],
      ]);
    });

    it('refuses a time that is past or too far, and belongs to those who may', async () => {
      const id = await delivered(500, 'waiting');
      const stranger = await makeToken(holdfast, 'stranger');
      const reader = await makeToken(holdfast, repository.owner, ['read:repo_hook']);

      for (const until of [new Date(0).toISOString(), '2999-01-01T00:00:00Z', 'tomorrow']) {
        const answer = await act(id, 'postpone', { until });
        assert.deepEqual([answer.status, answer.body.fields[0].path], [422, 'until']);
      }
      for (const verb of ['retry', 'cancel'])
        assert.deepEqual(
          [
            (await call('POST', `/api/deliveries/${id}/${verb}`, undefined, stranger)).status,
            (await call('POST', `/api/deliveries/${id}/${verb}`, undefined, reader)).status,
          ],
          [404, 403],
        );
    });
  });

  describe('that is held', () => {
    it('attempts it although its hook is off, and holds it again when that fails', async () => {
      const id = await delivered(500, 'waiting');
      await call('PATCH', `/api/webhooks/${hookId}`, { active: false });
      await inState(id, 'held', 1);

      const answer = await act(id, 'retry');

      assert.equal(answer.status, 202);
      await inState(id, 'held', 2);
      receiver.answer(200);
      await eventually('it has arrived, asked for once more', async () => {
        // A click right after another means the same.
        await act(id, 'retry');
        return (await read(id)).state === 'delivered' ? true : undefined;
      });
    });
  });

  describe('that has ended', () => {
    it('gives it one new run, however many ask for it at the same moment', async () => {
      const id = await delivered(200, 'delivered');

      const answers = await clickedDuringAttempt(id, 200);

      assert.deepEqual(new Set(answers), new Set([202]));
      const after = await inState(id, 'delivered', 2);
      assert.equal(after.run, 1);
      assert.equal(after.workflowId, `delivery/${id}/r1`);
      assert.equal(receiver.arrivals.length, 2);
    });

    it('does not cancel or postpone it', async () => {
      const id = await delivered(200, 'delivered');

      const answers = [
        await act(id, 'cancel'),
        await act(id, 'postpone', { until: new Date(Date.now() + 60_000).toISOString() }),
      ];

      for (const { status, body } of answers) {
        assert.equal(status, 409);
        assert.match(body.error, /it is delivered/);
      }
    });
  });

  describe('by the messages of its workflow', () => {
    it('moves its next attempt as the route does', async () => {
      const id = await delivered(500, 'waiting');
      const until = new Date(Date.now() + 3_600_000).toISOString();

      await handleOf(id).signal(postponeSignal, until);

      await eventually('the database knows', async () => {
        const { due_at: dueAt } = await rowOf(holdfast.database.pool, 'delivery', id);
        return (dueAt as Date).toISOString() === until ? true : undefined;
      });
    });

    it('answers updates with where it stands then', async () => {
      const id = await delivered(500, 'waiting');
      const until = new Date(Date.now() + 3_600_000).toISOString();

      const postponed = await handleOf(id).executeUpdate(postponeUpdate, { args: [until] });
      const retried = await handleOf(id).executeUpdate(retryNowUpdate);
      await inState(id, 'waiting', 2);
      const cancelled = await handleOf(id).executeUpdate(cancelUpdate);

      assert.deepEqual([postponed.state, postponed.dueAt], ['waiting', until]);
      assert.equal(retried.state, 'attempting');
      assert.equal(cancelled.state, 'cancelled');
      await inState(id, 'cancelled', 2);
    });

    it('refuses an update that has no sense', async () => {
      const id = await delivered(500, 'waiting');

      await assert.rejects(handleOf(id).executeUpdate(postponeUpdate, { args: ['whenever'] }));

      assert.equal((await read(id)).state, 'waiting');
    });
  });
});
