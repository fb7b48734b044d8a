/** Filters and templates: what an owner writes shapes what arrives, and what fails is said, not lost. */
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { issuePayload, makeHook, makeRepository, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

describe('filters and templates', function () {
  this.timeout(60_000);
  let holdfast: TestHoldfast;
  let receiver: Receiver;
  let repository: OwnedRepository;

  before(async () => {
    holdfast = await startHoldfast();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    receiver = await startReceiver();
    repository = await makeRepository(holdfast);
  });
  afterEach(() => receiver.stop());

  const hookWith = (settings: object) =>
    makeHook(holdfast, repository, { url: receiver.url, events: ['issues'], schedule: [1], ...settings });
  const open = (title: string) => {
    const payload = issuePayload(repository);
    return sendEvent(holdfast, repository, 'issues.opened', {
      ...payload,
      issue: { ...payload.issue, title },
    });
  };
  const call = (method: string, path: string, body?: unknown) =>
    holdfast.call(method, path, { token: repository.token, ...(body === undefined ? {} : { body }) });
  const ended = async (event: Awaited<ReturnType<typeof open>>) =>
    eventually('the delivery has ended', async () => {
      const { body } = await call('GET', `/api/deliveries/${event.deliveries[0]?.id}`);
      return body.data.settledAt === null ? undefined : body.data;
    });

  it('shape the body, which is signed as it is sent', async () => {
    await hookWith({ template: '{ "text": issue.title & " by " & sender.username, "type": $event }' });

    const delivery = await ended(await open('It snows'));

    const [arrival] = await receiver.arrived(1);
    assert.deepEqual(JSON.parse(String(arrival?.body)), {
      text: `It snows by ${repository.owner}`,
      type: 'issues.opened',
    });
    assert.equal(delivery.attempts[0].request.body, String(arrival?.body));
  });

  it('keep back what the filter finds false, and say so', async () => {
    await hookWith({ filter: '$contains(issue.title, "urgent")' });

    const [plain, urgent] = [
      await ended(await open('it rains')),
      await ended(await open('urgent: it rains')),
    ];

    assert.deepEqual(
      [plain.state, plain.reason, plain.attempts],
      ['cancelled', "The hook's filter did not let it pass.", []],
    );
    assert.equal(urgent.state, 'delivered');
    assert.equal(receiver.arrivals.length, 1);
  });

  it('see the payload as the hook’s format has it', async () => {
    await hookWith({ format: 'socialgateway', template: '{ "login": sender.login }' });

    await open('It snows');

    const [arrival] = await receiver.arrived(1);
    assert.deepEqual(JSON.parse(String(arrival?.body)), { login: repository.owner });
  });

  it('that fail make failed attempts with their message, until they are mended', async () => {
    const hook = await hookWith({
      template: '{ "n": issue.title = "no number" ? $number(issue.title) : 1 }',
    });
    const event = await open('no number');
    await eventually('the first attempt has failed', async () => {
      const { body } = await call('GET', `/api/deliveries/${event.deliveries[0]?.id}`);
      return body.data.attempts.length > 0 ? true : undefined;
    });

    const { status } = await call('PATCH', `/api/webhooks/${hook.id}`, { template: null });

    assert.equal(status, 200);
    const delivery = await ended(event);
    assert.deepEqual(
      delivery.attempts.map(({ outcome }: { outcome: string }) => outcome),
      ['template_error', 'delivered'],
    );
    assert.match(delivery.attempts[0].message, /The hook's template failed: .*number/i);
  });

  it('do not touch a ping', async () => {
    const hook = await hookWith({ filter: 'false', template: '{}' });

    const { status } = await call('POST', `/api/webhooks/${hook.id}/ping`);

    assert.equal(status, 202);
    const [ping] = await receiver.arrived(1);
    assert.match(JSON.parse(String(ping?.body)).zen, /./);
  });

  it('are tried together: the template on what the filter lets pass, again for another format', async () => {
    const hook = await hookWith({
      filter: '$event = "issues.opened"',
      template:
        '{ "title": $assert($event = "issues.opened", "no issue") ? "" : issue.title, "by": $uppercase(sender.username) }',
    });

    const { status, body } = await call('PATCH', `/api/webhooks/${hook.id}`, {
      template: '{ "by": $uppercase($exists(sender.username) ? sender.username : 7) }',
      format: 'socialgateway',
    });

    assert.deepEqual([status, body.fields?.[0]?.path], [422, 'template']);
  });

  it('are refused when they cannot be read, with the place, or fail on an example', async () => {
    const hook = await hookWith({});

    const unreadable = await call('PATCH', `/api/webhooks/${hook.id}`, { template: '{ "a": ' });
    const failing = await call('PATCH', `/api/webhooks/${hook.id}`, { filter: '$number(issue.title)' });
    const endless = await call('PATCH', `/api/webhooks/${hook.id}`, {
      template: '($f := function($n) { $f($n + 1) }; $f(0))',
    });

    assert.deepEqual([unreadable.status, unreadable.body.fields[0].path], [422, 'template']);
    assert.match(unreadable.body.error, /at character \d+/);
    assert.deepEqual([failing.status, failing.body.fields[0].path], [422, 'filter']);
    assert.match(failing.body.error, /example of issues\.opened/);
    assert.equal(endless.status, 422);
  });

  it('can be looked at before they are kept', async () => {
    const hook = await hookWith({});

    const shown = await call('POST', `/api/webhooks/${hook.id}/preview`, {
      type: 'issues.opened',
      template: '{ "title": issue.title }',
    });
    const kept = await call('POST', `/api/webhooks/${hook.id}/preview`, { filter: 'false' });
    const event = await open('It hails');
    const real = await call('POST', `/api/webhooks/${hook.id}/preview`, { eventId: event.id });

    assert.equal(shown.status, 200, shown.text);
    assert.equal(shown.body.data.body, '{"title":"The door sticks"}');
    assert.equal(shown.body.data.headers['X-Sigmagit-Event'], 'issues.opened');
    assert.equal(shown.body.data.headers['X-Sigmagit-Signature'], '********');
    assert.equal(kept.body.data.result, 'nothing');
    assert.match(real.body.data.body, /It hails/);
  });
});
