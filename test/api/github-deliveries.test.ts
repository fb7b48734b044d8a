/** A hook's deliveries as clients of GitHub read them: each attempt is an entry, with what was sent and came back. */
import assert from 'node:assert/strict';
import {
  issuePayload,
  makeRepository,
  namedPayload,
  sendEvent,
  type OwnedRepository,
} from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';
import { entriesOf, makeQuietHook, type Entry, type QuietHook } from './github-entries.ts';

describe("a hook's deliveries in the shape of GitHub", function () {
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

  it('has an entry for each attempt, and retries share their guid and are no redeliveries', async () => {
    receiver.answer(500, 503, 200);
    const hook = await make([1, 1]);

    const event = await open();

    const shown = await entries(hook, 3);
    const guid = event.deliveries[0]?.id;
    assert.deepEqual(
      shown.map(({ guid: id, redelivery, status_code, event: name, action }) => [
        id,
        redelivery,
        status_code,
        name,
        action,
      ]),
      [200, 503, 500].map((status) => [guid, false, status, 'issues', 'opened']),
    );
    assert.deepEqual(
      shown.map(({ status }) => status),
      ['OK', ...[503, 500].map((status) => `The receiver failed to handle the delivery (status ${status}).`)],
    );
    assert.equal(new Set(shown.map(({ id }) => id)).size, 3);
    for (const { duration } of shown) assert.ok(duration >= 0 && duration < 15, `${duration} s`);
  });

  it('tells the action of an event that has no name of its own', async () => {
    const hook = await make([600]);

    await sendEvent(holdfast, repository, 'issues', namedPayload(repository, 'labeled'));

    const [entry] = await entries(hook, 1);
    assert.deepEqual([entry?.event, entry?.action], ['issues', 'labeled']);
    const { body } = await call('GET', `${hook.path}/deliveries/${entry?.id}`);
    assert.deepEqual([body.action, body.request.payload.action], ['labeled', 'labeled']);
  });

  it('has the status code 0 and a sentence where no answer came', async () => {
    const hook = await make([600]);
    await receiver.stop();

    await open();

    const [entry] = await entries(hook, 1);
    assert.deepEqual(
      [entry?.status_code, entry?.status],
      [0, 'No connection to the receiver could be opened (ECONNREFUSED).'],
    );
    const { body } = await call('GET', `${hook.path}/deliveries/${entry?.id}`);
    assert.deepEqual(body.response, { headers: null, payload: '' });
  });

  it('shows what was sent and what came back', async () => {
    receiver.answer((response) =>
      response.writeHead(201, { 'X-Seen': 'yes', 'Set-Cookie': ['a=1', 'b=2'] }).end('thänks'),
    );
    const hook = await make([600]);
    await open();
    const [entry] = await entries(hook, 1);

    const { body } = await call('GET', `${hook.path}/deliveries/${entry?.id}`);

    const { request, response, ...rest } = body;
    const [arrival] = receiver.arrivals;
    assert.deepEqual(rest, { ...entry, url: receiver.url });
    assert.deepEqual(request.payload, JSON.parse(String(arrival?.body)));
    for (const [name, value] of Object.entries(request.headers as Record<string, string>))
      assert.equal(arrival?.headers[name.toLowerCase()], value, name);
    assert.match(request.headers['X-Hub-Signature-256'], /^sha256=[0-9a-f]{64}$/);
    assert.equal(response.headers['x-seen'], 'yes');
    assert.equal(response.payload, 'thänks');
  });

  it('does not show an attempt under another hook, nor one that never was', async () => {
    const [hook, other] = [await make([600]), await make([600], { events: ['fork'] })];
    await open();
    const [entry] = await entries(hook, 1);

    const answers = [
      await call('GET', `${other.path}/deliveries/${entry?.id}`),
      await call('POST', `${other.path}/deliveries/${entry?.id}/attempts`),
      await call('GET', `${hook.path}/deliveries/999999999`),
      await call('GET', `${hook.path}/deliveries/${entry?.guid}`),
    ];

    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.message]),
      answers.map(() => [404, 'Not Found']),
    );
    assert.equal((await call('GET', `${other.path}/deliveries`)).body.length, 0);
  });

  it('has pages that follow each other by cursor', async () => {
    const hook = await make([600]);
    for (let count = 0; count < 5; count += 1) await open();
    const all = await entries(hook, 5);

    const pages: number[][] = [];
    let next: string | undefined = `${hook.path}/deliveries?per_page=2`;
    while (next !== undefined) {
      const { body, headers } = await call('GET', next);
      pages.push(body.map(({ id }: Entry) => id));
      next = /^<([^>]+[?&]cursor=[^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }

    const ids = all.map(({ id }) => id);
    assert.deepEqual(pages, [ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });
});
