/** PubSubHubbub: subscribing by topic, and leaving. */
import assert from 'node:assert/strict';
import { makeRepository, makeToken, type OwnedRepository } from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

const callback = 'https://example.com/hook';

describe('the hub', () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;
  let topic: (event: string) => string;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
    topic = (event) => `https://anything.example/${repository.owner}/${repository.name}/events/${event}`;
  });

  const hub = (fields: Readonly<Record<string, string>>, token = repository.token) =>
    holdfast.call('POST', '/hub', {
      token,
      body: new URLSearchParams(
        Object.entries(fields).map(([name, value]): [string, string] => [`hub.${name}`, value]),
      ).toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
  const hooks = async () => {
    const { body } = await holdfast.call('GET', `/repos/${repository.owner}/${repository.name}/hooks`, {
      token: repository.token,
    });
    return body as { name: string; events: string[]; config: Record<string, string> }[];
  };

  it('makes a hook, and the same again changes nothing', async () => {
    const fields = { mode: 'subscribe', topic: topic('push.json'), callback, secret: 'canary' };

    const statuses = [(await hub(fields)).status, (await hub(fields)).status];

    assert.deepEqual(statuses, [204, 204]);
    assert.deepEqual(
      (await hooks()).map(({ events, config }) => ({ events, config })),
      [
        {
          events: ['push'],
          config: { url: callback, content_type: 'json', insecure_ssl: '0', secret: '********' },
        },
      ],
    );
  });

  it('makes one hook however many ask at the same moment', async () => {
    const fields = { mode: 'subscribe', topic: topic('push'), callback };

    const answers = await Promise.all(Array.from({ length: 10 }, () => hub(fields)));

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([204]));
    assert.equal((await hooks()).length, 1);
  });

  it('takes a hook away only for those who may delete', async () => {
    const writer = await makeToken(holdfast, repository.owner, ['read:repo_hook', 'write:repo_hook']);
    await hub({ mode: 'subscribe', topic: topic('push'), callback }, writer);

    const refused = await hub({ mode: 'unsubscribe', topic: topic('push'), callback }, writer);

    assert.equal(refused.status, 403);
    assert.equal((await hooks()).length, 1);
  });

  it('adds a second topic to the hook of the same callback', async () => {
    await hub({ mode: 'subscribe', topic: topic('push'), callback });

    await hub({ mode: 'subscribe', topic: topic('issues'), callback });

    const [hook, ...others] = await hooks();
    assert.deepEqual([hook?.events, others], [['push', 'issues'], []]);
    assert.equal(hook?.config['content_type'], 'form');
  });

  it('takes topics away one by one, the hook with the last, and minds nothing that is not there', async () => {
    await hub({ mode: 'subscribe', topic: topic('push'), callback });
    await hub({ mode: 'subscribe', topic: topic('issues'), callback });

    await hub({ mode: 'unsubscribe', topic: topic('push'), callback });
    assert.deepEqual((await hooks())[0]?.events, ['issues']);
    await hub({ mode: 'unsubscribe', topic: topic('issues'), callback });
    assert.deepEqual(await hooks(), []);
    assert.equal((await hub({ mode: 'unsubscribe', topic: topic('issues'), callback })).status, 204);
  });

  it('installs a service with the fields of its callback', async () => {
    const answer = await hub({
      mode: 'subscribe',
      topic: topic('push'),
      callback: 'github://irc?server=irc.example.org&room=hello',
    });

    assert.equal(answer.status, 204, answer.text);
    assert.deepEqual(
      (await hooks()).map(({ name, config }) => ({ name, config })),
      [{ name: 'irc', config: { server: 'irc.example.org', room: 'hello' } }],
    );
  });

  it('signs for a web service that is named as such, too', async () => {
    await hub({
      mode: 'subscribe',
      topic: topic('push'),
      callback: `github://web?url=${encodeURIComponent(callback)}`,
      secret: 'canary',
    });

    assert.equal((await hooks())[0]?.config['secret'], '********');
  });

  for (const [title, fields, field] of [
    ['a mode that is none', { mode: 'join', topic: 'x', callback }, 'hub.mode'],
    ['a topic without events', { mode: 'subscribe', topic: 'https://x.example/a/b', callback }, 'hub.topic'],
  ] as const) {
    it(`refuses ${title} by name`, async () => {
      const answer = await hub(fields);

      assert.equal(answer.status, 422);
      assert.equal(answer.body.errors[0].field, field);
    });
  }

  it('refuses unknown events, inner addresses and unknown services', async () => {
    const answers = [
      await hub({ mode: 'subscribe', topic: topic('pushes'), callback }),
      await hub({ mode: 'subscribe', topic: topic('push'), callback: 'http://10.0.0.1/' }),
      await hub({ mode: 'subscribe', topic: topic('push'), callback: 'github://fax?x=1' }),
    ];

    assert.deepEqual(
      answers.map(({ status }) => status),
      [422, 422, 422],
    );
    assert.deepEqual(await hooks(), []);
  });

  it('leaves a hook as it was when its settings are refused', async () => {
    const slack = 'https://hooks.slack.com/services/x';
    await hub({ mode: 'subscribe', topic: topic('push'), callback: `github://slack?url=${slack}` });

    const answer = await hub({
      mode: 'subscribe',
      topic: topic('issues'),
      callback: `github://slack?url=${slack}&channel=${'c'.repeat(81)}`,
    });

    assert.equal(answer.status, 422);
    assert.deepEqual((await hooks())[0]?.events, ['push']);
  });

  it('knows nobody without a token, and no repository of somebody else', async () => {
    const other = await makeRepository(holdfast);
    const fields = { mode: 'subscribe', topic: topic('push'), callback };

    assert.equal((await hub(fields, '')).status, 401);
    assert.equal((await hub(fields, other.token)).status, 404);
  });
});
