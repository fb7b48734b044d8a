/** Receivers written for GitHub, unchanged: hooks made through its API reach them, verified and by name. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Webhooks, type EmitterWebhookEventName } from '@octokit/webhooks';
import { Webhook } from 'standardwebhooks';
import type { EventType } from '#domain/events.ts';
import { makeCertificate } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, namedPayload, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Arrival, type Receiver } from '../support/receiver.ts';
import { samples } from '../support/samples.ts';

const secret = 'a secret of two people';

/** The name under which `@octokit/webhooks` hands each event of the source to its handlers. */
const handlers: Readonly<Partial<Record<EventType, EmitterWebhookEventName>>> = {
  'issues.opened': 'issues.opened',
  'issues.closed': 'issues.closed',
  'issues.reopened': 'issues.reopened',
  'issues.edited': 'issues.edited',
  'issues.deleted': 'issues.deleted',
  'pull_request.opened': 'pull_request.opened',
  'pull_request.closed': 'pull_request.closed',
  'pull_request.merged': 'pull_request.closed',
  'pull_request.reopened': 'pull_request.reopened',
  'pull_request.edited': 'pull_request.edited',
  push: 'push',
  'star.added': 'watch.started',
  'star.removed': 'star.deleted',
  'fork.created': 'fork',
};

const hex = (algorithm: string, key: string, body: Buffer): string =>
  createHmac(algorithm, key).update(body).digest('hex');

describe('a receiver written for GitHub', function () {
  this.timeout(60_000);
  let holdfast: TestHoldfast;
  let repository: OwnedRepository;
  let receiver: Receiver;

  before(async () => {
    holdfast = await startHoldfast();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    receiver = await startReceiver();
    repository = await makeRepository(holdfast);
  });
  afterEach(() => receiver.stop());

  const call = (method: string, path: string, body?: unknown) =>
    holdfast.call(method, path, { token: repository.token, body });

  /** Makes a hook as GitHub's clients do; answers its id in the other dialect. */
  const make = async (events: readonly string[], config: object = {}): Promise<string> => {
    const made = await call('POST', `/repos/${repository.owner}/${repository.name}/hooks`, {
      events,
      config: { url: receiver.url, content_type: 'json', secret, ...config },
    });
    assert.equal(made.status, 201, made.text);
    const { body } = await call('GET', `${repository.path}/webhooks`);
    return body.data.at(-1).id;
  };

  /** Reports an event and answers what arrived of it, which is one request for each hook. */
  const deliver = async (type: string, payload: unknown): Promise<readonly Arrival[]> => {
    const { deliveries } = await sendEvent(holdfast, repository, type, payload);
    const ids = new Set(deliveries.map(({ id }) => id));
    return receiver.arrived(deliveries.length, {
      where: ({ headers }) => ids.has(String(headers['webhook-id'])),
    });
  };
  const deliverOne = async (type: string, payload: unknown): Promise<Arrival> => {
    const [arrival, ...others] = await deliver(type, payload);
    assert.ok(arrival);
    assert.deepEqual(others, []);
    return arrival;
  };

  /** What a receiver does with a request: answers the handlers that were called, each with the payload it was given. */
  const receive = async ({ headers, body }: Arrival, names: readonly EmitterWebhookEventName[]) => {
    const webhooks = new Webhooks({ secret });
    const called: { readonly name: string; readonly id: string; readonly payload: unknown }[] = [];
    for (const name of names) {
      webhooks.on(name, ({ id, payload }) => void called.push({ name, id, payload }));
    }
    await webhooks.verifyAndReceive({
      id: String(headers['x-github-delivery']),
      name: String(headers['x-github-event']),
      payload: body.toString('utf8'),
      signature: String(headers['x-hub-signature-256']),
    });
    return called;
  };

  describe('gets every event of the source, verified, by the handler of its name', () => {
    const names = [...new Set(Object.values(handlers))];
    for (const { type, payload } of samples) {
      it(type, async () => {
        await make([type]);
        const { owner, name } = repository;
        const reported = { ...payload, repository: { ...(payload['repository'] as object), owner, name } };

        const arrival = await deliverOne(type, reported);

        const { headers, body } = arrival;
        const handler = handlers[type];
        const rendered = JSON.parse(body.toString('utf8'));
        const expected = { name: handler, id: headers['x-github-delivery'], payload: rendered };
        assert.deepEqual(await receive(arrival, names), handler === undefined ? [] : [expected]);
        assert.equal(headers['x-github-event'], (handler ?? type).split('.')[0]);
        assert.equal(rendered.repository.full_name, `${owner}/${name}`);
        assert.equal(rendered.sender.login, 'marta');
        if (type === 'pull_request.merged') assert.equal(rendered.pull_request.merged, true);
        const tampered = { ...arrival, body: Buffer.concat([body, Buffer.from(' ')]) };
        await assert.rejects(receive(tampered, names), /signature does not match/);
      });
    }
  });

  describe('gets what was reported in its own shape byte for byte, as hooks of every format do', () => {
    for (const [type, action, rest] of [
      ['gollum', undefined, { pages: [{ page_name: 'Grüße 🐘', action: 'edited' }] }],
      ['release', 'published', { release: { tag_name: 'v1' } }],
      ['issues', 'labeled', { label: { name: 'wet' }, issue: { number: 8 } }],
      ['push', undefined, { ref: 'refs/heads/main', commits: [] }],
    ] as const) {
      it(`${type}${action === undefined ? '' : ` ${action}`}`, async () => {
        await make([type]);
        for (const format of ['sigmagit', 'standard']) {
          await makeHook(holdfast, repository, { url: receiver.url, events: [type], format });
        }
        const fields = JSON.stringify({ ...rest, ...namedPayload(repository, action) }).slice(1);
        const text = `{ "n": 9007199254740993, "x": 1.10,\n\t"s":"\\ud83d\\udc18\\/", ${fields}\n`;

        const arrivals = await deliver(type, text);

        assert.equal(arrivals.length, 3);
        const hub = arrivals.find(({ headers }) => headers['x-github-event'] === type);
        const sigmagit = arrivals.find(({ headers }) => headers['x-sigmagit-event'] === type);
        const standard = arrivals.find((arrival) => arrival !== hub && arrival !== sigmagit);
        assert.equal(hub?.body.toString('utf8'), text);
        assert.equal(sigmagit?.body.toString('utf8'), text);
        const envelope = standard?.body.toString('utf8') ?? '';
        assert.match(envelope, new RegExp(`^\\{"type":"${type}","timestamp":"[^"]+","data":`));
        assert.ok(envelope.endsWith(`"data":${text}}`));
      });
    }

    it('by its dotted name where it has one', async () => {
      await make(['issues']);
      await makeHook(holdfast, repository, { url: receiver.url, events: ['issues.opened'] });
      const text = JSON.stringify({ issue: { number: 8 }, ...namedPayload(repository, 'opened') });

      const arrivals = await deliver('issues', text);

      const names = arrivals.map(({ headers }) => headers['x-github-event'] ?? headers['x-sigmagit-event']);
      assert.deepEqual(new Set(names), new Set(['issues', 'issues.opened']));
      for (const { body } of arrivals) assert.equal(body.toString('utf8'), text);
    });
  });

  it('gets a form with the payload in one field, and both signatures are over the form', async () => {
    await make(['release'], { content_type: 'form' });
    const text = JSON.stringify({ note: 'a b&c=d+e%f 🐘', ...namedPayload(repository, 'published') });

    const { headers, body } = await deliverOne('release', text);

    assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
    assert.match(body.toString('latin1'), /^payload=[A-Za-z0-9*._+%-]+$/);
    assert.equal(new URLSearchParams(body.toString('utf8')).get('payload'), text);
    assert.equal(headers['x-hub-signature'], `sha1=${hex('sha1', secret, body)}`);
    assert.equal(headers['x-hub-signature-256'], `sha256=${hex('sha256', secret, body)}`);
    const webhook = new Webhook(secret, { format: 'raw' });
    assert.doesNotThrow(() =>
      webhook.verify(body.toString('utf8'), headers as Record<string, string>, { jsonParse: false }),
    );
  });

  it('gets both secrets’ signatures while a rotation lasts, in its own headers and the standard ones', async () => {
    const id = await make(['push']);
    const rotated = await call('POST', `/api/webhooks/${id}/rotate-secret`, { overlapHours: 1 });
    assert.equal(rotated.status, 200, rotated.text);
    const fresh: string = rotated.body.data.secret;

    const { headers, body } = await deliverOne('push', namedPayload(repository));

    assert.equal(headers['x-hub-signature'], `sha1=${hex('sha1', fresh, body)}`);
    assert.equal(headers['x-hub-signature-256'], `sha256=${hex('sha256', fresh, body)}`);
    assert.equal(headers['x-hub-signature-256-previous'], `sha256=${hex('sha256', secret, body)}`);
    const sent = headers as Record<string, string>;
    for (const key of [fresh, secret]) {
      assert.ok(new Webhook(key, { format: 'raw' }).verify(body.toString('utf8'), sent));
    }
    const other = new Webhook('another secret', { format: 'raw' });
    assert.throws(() => other.verify(body.toString('utf8'), sent), /No matching signature/);
  });

  it('gets under * what only its own side has, and no other hook does', async () => {
    await make(['*']);
    await make(['push']);

    const { headers } = await deliverOne('team_add', { team: { id: 3 }, ...namedPayload(repository) });

    assert.equal(headers['x-github-event'], 'team_add');
  });

  describe('with a certificate of its own making', () => {
    let server: Server;
    let requests: number;

    beforeEach(async () => {
      requests = 0;
      server = createServer(makeCertificate(['127.0.0.1']), (request, response) => {
        requests += 1;
        request.resume().once('end', () => response.writeHead(200).end());
      });
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
    });
    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    });

    for (const [insecure, outcome, reached] of [
      ['1', 'delivered', 2],
      ['0', 'tls_error', 0],
    ] as const) {
      it(`is ${reached > 0 ? 'reached' : 'not reached'} with insecure_ssl "${insecure}"`, async () => {
        const { port } = server.address() as AddressInfo;
        const id = await make(['gollum'], { url: `https://127.0.0.1:${port}/`, insecure_ssl: insecure });
        await sendEvent(holdfast, repository, 'gollum', namedPayload(repository));

        // The other attempt is that of the ping at the hook's creation.
        const outcomes = await eventually('both attempts are on record', async () => {
          const { body } = await call('GET', `/api/webhooks/${id}/deliveries`);
          return body.data.length < 2 ? undefined : body.data.map((one: { outcome: string }) => one.outcome);
        });

        assert.deepEqual(new Set(outcomes), new Set([outcome]));
        assert.equal(requests, reached);
      });
    }
  });
});
