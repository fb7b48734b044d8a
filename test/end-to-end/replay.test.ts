/** Bulk replays: many deliveries sent again, in order, each once, while somebody watches and steers. */
import assert from 'node:assert/strict';
import { query } from '#db/query.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, makeToken, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

describe('a replay', function () {
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
    hookId = (await makeHook(holdfast, repository, { url: receiver.url, events: ['*'], schedule: [3600] }))
      .id;
  });
  afterEach(() => receiver.stop());

  const call = (method: string, path: string, body?: unknown, token = repository.token) =>
    holdfast.call(method, path, { token, ...(body === undefined ? {} : { body }) });
  const since = () => new Date(Date.now() - 3_600_000).toISOString();
  const begin = (body: object = {}) =>
    call('POST', `/api/webhooks/${hookId}/replays`, { since: since(), ...body });
  const steer = (id: string, verb: string) => call('POST', `/api/replays/${id}/${verb}`);
  const read = async (id: string) => (await call('GET', `/api/replays/${id}`)).body.data;
  const inState = (id: string, state: string) =>
    eventually(`the replay is ${state}`, async () => {
      const data = await read(id);
      return data.state === state ? data : undefined;
    });

  /** Deliveries that ended a while ago, one after another, without a receiver's doing. */
  const ended = async (count: number, state = 'exhausted'): Promise<readonly string[]> => {
    const rows = await query<{ readonly id: string }>(holdfast.database.pool, {
      text: `
        with made as (
          insert into event (id, repository_id, type, payload)
          select uuidv7(), repository_id, 'push', json_build_object('mark', n) from hook, generate_series(1, $2::integer) n
          where hook.id = $1 returning id, repository_id
        )
        insert into delivery (event_id, hook_id, repository_id, event_type, state, settled_at, due_at, attempts, started_at)
        select id, $1, repository_id, 'push', $3, now(), null, 1, now() from made order by id returning id`,
      values: [hookId, count, state],
    });
    return rows.map(({ id }) => id).toSorted();
  };
  const arrivedIds = () => receiver.arrivals.map(({ headers }) => headers['webhook-id'] as string);

  it('sends what failed again, each once, and tells what became of each', async () => {
    const ids = await ended(30);
    await ended(3, 'delivered');

    const begun = await begin();
    const done = await inState(begun.body.data.id, 'done');
    const items = await call('GET', `/api/replays/${begun.body.data.id}/items?limit=20`);
    const more = await call(
      'GET',
      `/api/replays/${begun.body.data.id}/items?limit=20&cursor=${items.body.nextCursor}`,
    );

    assert.equal(begun.status, 202);
    assert.equal(begun.body.data.workflowId, `replay/${begun.body.data.id}`);
    assert.deepEqual([done.matched, done.done, done.failed, done.skipped], [30, 30, 0, 0]);
    assert.deepEqual(arrivedIds().toSorted(), ids);
    assert.deepEqual(
      [...items.body.data, ...more.body.data],
      ids.map((deliveryId) => ({ deliveryId, run: 1, result: 'delivered' })),
    );
    const delivery = (await call('GET', `/api/deliveries/${ids[0]}`)).body.data;
    assert.deepEqual(
      [delivery.state, delivery.run, delivery.workflowId],
      ['delivered', 1, `replay/${begun.body.data.id}`],
    );
  });

  it('only counts when it is asked to', async () => {
    await ended(4);

    const { status, body } = await begin({ dryRun: true, events: ['push'] });
    const other = await begin({ dryRun: true, events: ['issues'] });

    assert.deepEqual([status, body.data.id, body.data.matched, body.data.state], [200, null, 4, 'done']);
    assert.equal(other.body.data.matched, 0);
    assert.deepEqual((await call('GET', `/api/webhooks/${hookId}/replays`)).body.data, []);
    assert.equal(receiver.arrivals.length, 0);
  });

  it('goes on with what fails in workflows of their own, and counts it as failed', async () => {
    const [id] = await ended(1);
    receiver.answer(500);

    const begun = await begin();
    const done = await inState(begun.body.data.id, 'done');

    const delivery = (await call('GET', `/api/deliveries/${id}`)).body.data;
    assert.deepEqual([done.done, done.failed], [0, 1]);
    assert.deepEqual([delivery.state, delivery.workflowId], ['waiting', `delivery/${id}/r1`]);
  });

  it('stops when it is paused, and goes on where it was', async () => {
    const ids = await ended(6);
    const begun = await begin({ ratePerSecond: 2 });
    const { id } = begun.body.data;
    await receiver.arrived(1);

    const paused = await steer(id, 'pause');
    const twice = await steer(id, 'pause');
    await eventually('the workflow sleeps', async () => {
      const { raw } = await holdfast.temporal.client.workflow.getHandle(`replay/${id}`).describe();
      return (raw.pendingActivities ?? []).length === 0 ? true : undefined;
    });
    const before = receiver.arrivals.length;
    const resumed = await steer(id, 'resume');
    const done = await inState(id, 'done');

    assert.deepEqual(
      [paused.body.data.state, twice.status, resumed.body.data.state],
      ['paused', 202, 'running'],
    );
    assert.ok(before < 6);
    assert.equal(done.done, 6);
    assert.deepEqual(arrivedIds(), ids);
  });

  it('sends nothing more when it is cancelled, by the route or in Temporal', async () => {
    await ended(40);
    const first = (await begin({ ratePerSecond: 2 })).body.data.id;
    await receiver.arrived(1);
    const cancelled = await steer(first, 'cancel');
    const second = (await begin({ ratePerSecond: 2 })).body.data.id;
    await receiver.arrived(4);

    await holdfast.temporal.client.workflow.getHandle(`replay/${second}`).cancel();
    const data = await inState(second, 'cancelled');
    const retried = await steer(second, 'resume');

    assert.equal(cancelled.body.data.state, 'cancelled');
    assert.ok(data.done + data.failed < 40);
    assert.deepEqual([retried.status, retried.body.code], [409, 'conflict']);
    assert.equal(new Set(arrivedIds()).size, arrivedIds().length);
  });

  it('passes over what somebody else has sent again meanwhile', async () => {
    const ids = await ended(3);
    const begun = await begin({ ratePerSecond: 1 });
    await receiver.arrived(1);
    await query(holdfast.database.pool, {
      text: `update delivery set state = 'cancelled' where id = $1`,
      values: [ids[2]],
    });

    const done = await inState(begun.body.data.id, 'done');

    assert.deepEqual([done.done, done.skipped], [2, 1]);
  });

  it("is nobody else's business, and wants a time that makes sense", async () => {
    const stranger = await makeToken(holdfast, 'stranger', ['read:repo_hook', 'write:repo_hook']);
    const begun = await begin();

    const answers = [
      await call('GET', `/api/replays/${begun.body.data.id}`, undefined, stranger),
      await call('POST', `/api/webhooks/${hookId}/replays`, { since: since() }, stranger),
      await begin({ until: '2001-01-01T00:00:00Z' }),
      await begin({ states: ['cancelled'] }),
      await begin({ events: ['pusch'] }),
    ];

    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.fields?.[0]?.path]),
      [
        [403, undefined],
        [403, undefined],
        [422, 'until'],
        [422, 'states.0'],
        [422, 'events.0'],
      ],
    );
  });
});
