/** GitHub's own client, unchanged, pointed at Holdfast: the whole life of a hook. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { Octokit } from '@octokit/rest';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeRepository, pushPayload, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

describe("GitHub's client", function () {
  this.timeout(60_000);
  let holdfast: TestHoldfast;
  let receiver: Receiver;
  let repository: OwnedRepository;
  let octokit: Octokit;
  let place: { owner: string; repo: string };

  before(async () => {
    holdfast = await startHoldfast();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    receiver = await startReceiver();
    repository = await makeRepository(holdfast);
    place = { owner: repository.owner, repo: repository.name };
    octokit = new Octokit({ baseUrl: holdfast.url, auth: repository.token });
  });
  afterEach(() => receiver.stop());

  const create = (events: string[] = ['push']) =>
    octokit.rest.repos.createWebhook({
      ...place,
      events,
      config: { url: receiver.url, content_type: 'json', secret: 'a shared secret', insecure_ssl: '0' },
    });

  /** The hook's deliveries, once there are as many. */
  const deliveries = async (hookId: number, count: number) =>
    eventually(`${count} deliveries`, async () => {
      const { data } = await octokit.rest.repos.listWebhookDeliveries({ ...place, hook_id: hookId });
      return data.length === count ? data : undefined;
    });

  it('creates a hook, which is pinged', async () => {
    const { status, data, headers } = await create();

    assert.equal(status, 201);
    assert.equal(headers.location, data.url);
    const [ping] = await receiver.arrived(1);
    assert.equal(ping?.headers['x-github-event'], 'ping');
    const body = JSON.parse(String(ping?.body));
    assert.equal(body.hook_id, data.id);
    assert.equal(body.hook.config.secret, '********');
    assert.match(body.zen, /./);
    assert.deepEqual((await octokit.rest.repos.getWebhook({ ...place, hook_id: data.id })).data.config, {
      url: receiver.url,
      content_type: 'json',
      secret: '********',
      insecure_ssl: '0',
    });
  });

  it('walks through the pages of a list', async () => {
    for (let count = 0; count < 5; count += 1) await create();

    const pages: number[][] = [];
    for await (const { data } of octokit.paginate.iterator(octokit.rest.repos.listWebhooks, {
      ...place,
      per_page: 2,
    }))
      pages.push(data.map(({ id }) => id));

    assert.deepEqual(
      pages.map((page) => page.length),
      [2, 2, 1],
    );
    const ids = pages.flat();
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    );
  });

  it('adds and removes events, and replaces the settings', async () => {
    const { data: hook } = await create(['push', 'issues']);

    const changed = await octokit.rest.repos.updateWebhook({
      ...place,
      hook_id: hook.id,
      add_events: ['fork'],
      remove_events: ['issues'],
      config: { url: `${receiver.url}/new` },
    });

    assert.deepEqual(changed.data.events, ['push', 'fork']);
    assert.deepEqual(changed.data.config, {
      url: `${receiver.url}/new`,
      content_type: 'form',
      insecure_ssl: '0',
    });
    const merged = await octokit.rest.repos.updateWebhookConfigForRepo({
      ...place,
      hook_id: hook.id,
      content_type: 'json',
    });
    assert.deepEqual(merged.data, {
      url: `${receiver.url}/new`,
      content_type: 'json',
      insecure_ssl: '0',
    });
  });

  it('pings, and the ping is listed among the deliveries and not among the events', async () => {
    const { data: hook } = await create();
    await deliveries(hook.id, 1);

    const { status } = await octokit.rest.repos.pingWebhook({ ...place, hook_id: hook.id });

    assert.equal(status, 204);
    await receiver.arrived(2);
    const listed = await deliveries(hook.id, 2);
    assert.deepEqual(
      listed.map(({ event }) => event),
      ['ping', 'ping'],
    );
    assert.deepEqual((await octokit.rest.activity.listRepoEvents(place)).data, []);
  });

  it('sends the latest push as a test', async () => {
    await sendEvent(holdfast, repository, 'push', pushPayload(repository));
    const { data: hook } = await create();
    await receiver.arrived(1);

    const { status } = await octokit.rest.repos.testPushWebhook({ ...place, hook_id: hook.id });

    assert.equal(status, 204);
    const [, push] = await receiver.arrived(2);
    assert.equal(push?.headers['x-github-event'], 'push');
    assert.equal(JSON.parse(String(push?.body)).head_commit.message, 'Close the window');
  });

  it('reads a delivery and redelivers it under the same guid', async () => {
    const { data: hook } = await create();
    await receiver.arrived(1);
    receiver.answer((response) => response.writeHead(200, { 'X-Seen': 'yes' }).end('thanks'));
    await sendEvent(holdfast, repository, 'push', pushPayload(repository));
    const [first] = await deliveries(hook.id, 2);
    assert.ok(first);

    const { data } = await octokit.rest.repos.getWebhookDelivery({
      ...place,
      hook_id: hook.id,
      delivery_id: first.id,
    });
    const again = await octokit.rest.repos.redeliverWebhookDelivery({
      ...place,
      hook_id: hook.id,
      delivery_id: first.id,
    });

    assert.deepEqual(
      [data.event, data.action, data.status, data.status_code, data.redelivery, data.url],
      ['push', null, 'OK', 200, false, receiver.url],
    );
    assert.equal(data.request.headers?.['X-Github-Event'], 'push');
    assert.equal((data.request.payload as { ref: string }).ref, 'refs/heads/main');
    assert.equal(data.response.headers?.['x-seen'], 'yes');
    assert.equal(data.response.payload, 'thanks');
    assert.equal(again.status, 202);
    const [newest] = await deliveries(hook.id, 3);
    assert.deepEqual([newest?.guid, newest?.redelivery, newest?.status], [first.guid, true, 'OK']);
    const arrivals = await receiver.arrived(3);
    assert.deepEqual(arrivals[2]?.body, arrivals[1]?.body);
    assert.equal(arrivals[2]?.headers['x-github-delivery'], arrivals[1]?.headers['x-github-delivery']);
  });

  it('gets the requests that its receivers expect', async () => {
    await create();
    await sendEvent(holdfast, repository, 'push', pushPayload(repository));

    const [, push] = await receiver.arrived(2);

    assert.ok(push);
    const { headers, body } = push;
    assert.match(headers['user-agent'] ?? '', /^SocialGateway Hookshot [0-9a-f]{7}$/);
    assert.equal(headers['content-type'], 'application/json');
    for (const algorithm of ['sha1', 'sha256'] as const) {
      const digest = createHmac(algorithm, 'a shared secret').update(body).digest('hex');
      const name = algorithm === 'sha1' ? 'x-hub-signature' : 'x-hub-signature-256';
      assert.equal(headers[name], `${algorithm}=${digest}`);
    }
    assert.equal(headers['webhook-id'], headers['x-github-delivery']);
    assert.match(String(headers['x-github-hook-id']), /^\d+$/);
    assert.equal(headers['x-github-hook-installation-target-type'], 'repository');
  });

  it('deletes a hook', async () => {
    const { data: hook } = await create();

    const { status } = await octokit.rest.repos.deleteWebhook({ ...place, hook_id: hook.id });

    assert.equal(status, 204);
    await assert.rejects(octokit.rest.repos.getWebhook({ ...place, hook_id: hook.id }), {
      status: 404,
      message: /^Not Found/,
    });
  });

  it('is told what is wrong in the words it knows', async () => {
    const refused = octokit.rest.repos.createWebhook({
      ...place,
      events: ['pushes'],
      config: { url: receiver.url },
    });

    await assert.rejects(refused, (error: { status: number; response: { data: { errors: unknown[] } } }) => {
      assert.equal(error.status, 422);
      assert.deepEqual(error.response.data, {
        message: 'Validation Failed',
        errors: [
          {
            resource: 'Hook',
            field: 'events',
            code: 'invalid',
            message: 'There is no event "pushes"; did you mean push?',
          },
        ],
      });
      return true;
    });
  });
});
