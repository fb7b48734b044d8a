/** Deliveries: found by filter, read with their attempts, live from their workflow or as last recorded. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createDispatcher } from '#dispatch/dispatcher.ts';
import { take } from '../db/records.ts';
import { eventually } from '../support/eventually.ts';
import {
  issuePayload,
  makeHook,
  makeRepository,
  makeToken,
  plainPayload,
  sendEvent,
  type OwnedRepository,
} from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

describe('deliveries that are worked on', () => {
  let holdfast: CheckedHoldfast;
  let receiver: Receiver;
  let repository: OwnedRepository;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked({});
    receiver = await startReceiver();
  });
  after(async function () {
    this.timeout(60_000);
    await holdfast.stop();
    await receiver.stop();
  });
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
  });

  const read = async (id: string) =>
    (await holdfast.call('GET', `/api/deliveries/${id}`, { token: repository.token })).body.data;
  /** Sends an event and reads its delivery once it has reached a state. */
  const reach = async (state: string, body: unknown = plainPayload(repository)) => {
    const event = await sendEvent(holdfast, repository, 'star.added', body);
    const id = event.deliveries[0]?.id as string;
    return eventually(`the delivery is ${state}`, async () => {
      const delivery = await read(id);
      return delivery.state === state ? delivery : undefined;
    });
  };

  it('say from their workflow why they wait, until when, and what is left', async function () {
    this.timeout(40_000);
    receiver.answer((response) =>
      response.writeHead(503, { 'Content-Type': 'text/plain' }).end('closed <b>today</b>'),
    );
    await makeHook(holdfast, repository, {
      url: receiver.url,
      events: ['*'],
      schedule: [60, 300],
      headers: { 'X-Canary': 'canary-value' },
    });
    const text = `{"big":9007199254740993,${JSON.stringify(plainPayload(repository)).slice(1)}`;

    const delivery = await reach('waiting', text);

    assert.equal(delivery.source, 'live');
    assert.equal(delivery.workflowId, `delivery/${delivery.id}`);
    assert.match(delivery.reason, /Attempt 1 ended with http_5xx \(status 503\): .*Retry 1 of 2 comes/);
    const waitMs = Date.parse(delivery.nextAttemptAt) - Date.now();
    assert.ok(waitMs > 40_000 && waitMs <= 67_000, `${waitMs}`);
    assert.deepEqual(delivery.remainingSchedule, [300]);
    assert.deepEqual(delivery.repository, { owner: repository.owner, name: repository.name });
    assert.deepEqual(
      [
        delivery.attemptCount,
        delivery.lastOutcome,
        delivery.lastStatusCode,
        delivery.settledAt,
        delivery.run,
      ],
      [1, 'http_5xx', 503, null, 0],
    );
    const [attempt] = delivery.attempts;
    assert.deepEqual([attempt.attempt, attempt.outcome, attempt.interrupted], [1, 'http_5xx', false]);
    assert.equal(attempt.request.body, text);
    assert.equal(attempt.request.headers['X-Canary'], '********');
    assert.equal(attempt.request.headers['X-Sigmagit-Event'], 'star.added');
    assert.equal(attempt.response.body, 'closed <b>today</b>');
    assert.equal(attempt.response.headers['content-type'], 'text/plain');
    assert.ok(attempt.durationMs >= 0 && Date.parse(attempt.endedAt) >= Date.parse(attempt.startedAt));
  });

  it('tell what was delivered, in the format in which it was sent', async function () {
    this.timeout(40_000);
    receiver.answer(200);
    await makeHook(holdfast, repository, { url: receiver.url, events: ['*'], format: 'standard' });

    const delivery = await reach('delivered');

    const arrival = receiver.arrivals.at(-1);
    assert.equal(delivery.source, 'stored');
    assert.equal(delivery.reason, 'The receiver accepted it.');
    assert.equal(delivery.nextAttemptAt, null);
    assert.deepEqual(delivery.remainingSchedule, []);
    assert.ok(delivery.settledAt !== null && delivery.firstAttemptAt !== null);
    assert.equal(delivery.attempts[0].request.body, arrival?.body.toString());
  });

  it('tell why there was no answer', async function () {
    this.timeout(40_000);
    receiver.answer((response) => response.destroy());
    await makeHook(holdfast, repository, { url: receiver.url, events: ['*'], schedule: [] });

    const delivery = await reach('exhausted');

    assert.match(delivery.reason, /last retry of its schedule has failed.*connection_reset/);
    assert.deepEqual(
      [delivery.attempts[0].response, delivery.attempts[0].statusCode, delivery.lastStatusCode],
      [null, null, null],
    );
    assert.match(delivery.attempts[0].message, /closed the connection/);
  });
});

describe('deliveries on record', () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
  });

  const list = (search: string, token = repository.token) =>
    holdfast.call('GET', `/api/deliveries?${search}`, { token });
  const idsOf = async (search: string, token?: string): Promise<string[]> => {
    const answer = await list(search, token);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.data.map(({ id }: { id: string }) => id);
  };
  const deliver = async (its = repository, type?: string, body?: unknown): Promise<string> => {
    const event = await sendEvent(holdfast, its, type, body ?? plainPayload(its));
    return event.deliveries[0]?.id as string;
  };

  it('answer within a second and a half when no worker can tell more', async () => {
    await makeHook(holdfast, repository, { url: 'https://example.com/', events: ['*'] });
    const id = await deliver();
    const { token } = repository;
    const { temporal, config, database } = holdfast;
    const dispatcher = createDispatcher(temporal, config.temporal.taskQueue);
    for (const taken of await take(database.pool)) await dispatcher.start(taken);

    const began = Date.now();
    const { status, body } = await holdfast.call('GET', `/api/deliveries/${id}`, { token });

    assert.ok(Date.now() - began < 1500, `${Date.now() - began} ms`);
    assert.equal(status, 200);
    assert.equal(body.data.source, 'stored');
    assert.equal(body.data.state, 'pending');
    assert.equal(body.data.reason, 'The first attempt is about to be made.');
    assert.deepEqual(body.data.remainingSchedule, [60, 300, 1800, 7200, 21_600]);
    assert.deepEqual(body.data.attempts, []);
  });

  it('are 404 to whoever does not manage the repository, and to malformed ids', async () => {
    await makeHook(holdfast, repository, { url: 'https://example.com/', events: ['*'] });
    const id = await deliver();
    const stranger = await makeToken(holdfast, 'stranger');

    for (const [at, token] of [
      [id, stranger],
      [randomUUID(), repository.token],
      [id.toUpperCase(), repository.token],
      ['x', repository.token],
      ['%00', repository.token],
      [`${id}'`, repository.token],
      ['..%2f', repository.token],
    ] as const) {
      const { status, body } = await holdfast.call('GET', `/api/deliveries/${at}`, { token });
      assert.deepEqual([status, body.error], [404, 'Delivery not found'], at);
    }
    const operator = await makeToken(holdfast, 'watcher', ['operator']);
    assert.equal((await holdfast.call('GET', `/api/deliveries/${id}`, { token: operator })).status, 200);
  });

  it('are listed to owners and admins of their repositories, and to operators across all', async () => {
    const admin = `admin-${randomUUID().slice(0, 8)}`;
    const administered = await makeRepository(holdfast, { admins: [admin] });
    await makeHook(holdfast, repository, { url: 'https://example.com/', events: ['*'] });
    await makeHook(holdfast, administered, { url: 'https://example.com/', events: ['*'] });
    const own = await deliver();
    const theirs = await deliver(administered);

    assert.deepEqual(await idsOf(''), [own]);
    assert.deepEqual(await idsOf('', administered.token), [theirs]);
    assert.deepEqual(await idsOf('', await makeToken(holdfast, admin)), [theirs]);
    assert.deepEqual(await idsOf('', await makeToken(holdfast, 'stranger')), []);
    const operator = await makeToken(holdfast, 'watcher', ['operator']);
    assert.deepEqual((await idsOf('', operator)).slice(0, 2), [theirs, own]);
    assert.deepEqual(await idsOf(`repository=${administered.owner}/${administered.name}`, operator), [
      theirs,
    ]);
    assert.deepEqual(await idsOf(`repository=${administered.owner}/${administered.name}`), []);
  });

  it('are narrowed by hook, event, type, state and time', async () => {
    const first = await makeHook(holdfast, repository, {
      url: 'https://example.com/',
      events: ['star.added'],
    });
    const second = await makeHook(holdfast, repository, { url: 'https://example.com/', events: ['issues'] });
    const star = await deliver();
    const until = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const issue = await deliver(repository, 'issues.opened', issuePayload(repository));
    await holdfast.call('PATCH', `/api/webhooks/${second.id}`, {
      token: repository.token,
      body: { active: false },
    });
    const [{ eventId }] = (await list(`webhookId=${first.id}`)).body.data;

    assert.deepEqual(await idsOf(''), [issue, star]);
    assert.deepEqual(await idsOf(`webhookId=${second.id}`), [issue]);
    assert.deepEqual(await idsOf(`eventId=${eventId}`), [star]);
    assert.deepEqual(await idsOf('event=issues.opened'), [issue]);
    assert.deepEqual(await idsOf('state=held'), [issue]);
    assert.deepEqual(await idsOf('state=pending'), [star]);
    assert.deepEqual(await idsOf(`until=${until}`), [star]);
    assert.deepEqual(await idsOf(`since=${until}`), [issue]);
    assert.deepEqual(await idsOf('since=0001-01-01T00:00:00Z'), [issue, star]);
    assert.deepEqual(await idsOf(`webhookId=${randomUUID()}`), []);
    assert.deepEqual(await idsOf("event=' or 1=1 --&repository=%25/%25"), []);
  });

  it('are paged without a gap or a double', async () => {
    await makeHook(holdfast, repository, { url: 'https://example.com/', events: ['*'] });
    const sent: string[] = [];
    for (let made = 0; made < 7; made += 1) sent.unshift(await deliver());

    const found: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await list(`limit=3&cursor=${cursor}`);
      found.push(...body.data.map(({ id }: { id: string }) => id));
      if (body.nextCursor === null) break;
      cursor = body.nextCursor;
    }

    assert.deepEqual(found, sent);
  });

  it('are refused with 400 for a strange cursor and 422 for a query out of bounds', async () => {
    assert.equal((await list('cursor=strange')).status, 400);
    for (const [search, path] of [
      ['limit=0', 'limit'],
      ['limit=1e9', 'limit'],
      ['limit=-1', 'limit'],
      ['state=lost', 'state'],
      ['state=attempting', 'state'],
      ['webhookId=x', 'webhookId'],
      [`eventId=${randomUUID().toUpperCase()}`, 'eventId'],
      ['repository=hello', 'repository'],
      ['repository=a%00/b', 'repository'],
      ['repository=a/b/c', 'repository'],
      ['event=%00', 'event'],
      ['since=now', 'since'],
      ['page=2', 'page'],
    ] as const) {
      const { status, body } = await list(search);
      assert.equal(status, 422, search);
      assert.equal(body.fields[0].path, path);
    }
  });
});
