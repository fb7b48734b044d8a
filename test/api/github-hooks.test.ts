/** Hooks in GitHub's shape: what goes in, what comes out, and the one hook model behind both dialects. */
import assert from 'node:assert/strict';
import { catalogueEntry, services } from '#domain/services/registry.ts';
import { makeHook, makeRepository, makeToken, type OwnedRepository } from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

const url = 'https://example.com/hook';
const slackUrl = 'https://hooks.slack.com/services/canary-slack';

describe('hooks in the shape of GitHub', () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;
  let path: string;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked({
      engine: false,
      env: { HOLDFAST_SMTP_URL: 'smtp://127.0.0.1:1', HOLDFAST_MAIL_FROM: 'holdfast@example.org' },
    });
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
    path = `/repos/${repository.owner}/${repository.name}/hooks`;
  });

  const call = (method: string, where: string, body?: unknown, token = repository.token) =>
    holdfast.call(method, where, { token, body });
  const create = (body: unknown) => call('POST', path, body);

  /** Creates and expects 422; answers field and message of each error. */
  const refused = async (body: unknown): Promise<[string, string][]> => {
    const answer = await create(body);
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.body.message, 'Validation Failed');
    const errors = answer.body.errors as { resource: string; field: string; message: string }[];
    for (const { resource } of errors) assert.equal(resource, 'Hook');
    return errors.map(({ field, message }) => [field, message]);
  };

  describe('the catalogue', () => {
    it('names every service with its settings and events, to anyone', async () => {
      const { status, body } = await call('GET', '/hooks', undefined, '');

      assert.equal(status, 200);
      assert.deepEqual(body, services.map(catalogueEntry));
      assert.deepEqual(
        body.map(({ name }: { name: string }) => name),
        ['discord', 'email', 'irc', 'slack', 'web'],
      );
    });

    it('tells one service, and 404 for what is none', async () => {
      const irc = await call('GET', '/hooks/irc', undefined, '');
      const none = await call('GET', '/hooks/fax', undefined, '');

      assert.deepEqual(irc.body.events, ['push', 'pull_request']);
      assert.deepEqual([none.status, none.body], [404, { message: 'Not Found' }]);
    });
  });

  describe('create', () => {
    it('makes a web hook with the defaults of its service', async () => {
      const answer = await create({ config: { url } });

      assert.equal(answer.status, 201, answer.text);
      const { id, created_at, updated_at, ...rest } = answer.body;
      const address = `${holdfast.url}${path}/${id}`;
      assert.equal(answer.headers.get('location'), address);
      assert.equal(created_at, updated_at);
      assert.deepEqual(rest, {
        type: 'Repository',
        name: 'web',
        active: true,
        events: ['push'],
        config: { url, content_type: 'form', insecure_ssl: '0' },
        url: address,
        test_url: `${address}/test`,
        ping_url: `${address}/pings`,
        deliveries_url: `${address}/deliveries`,
        last_response: { code: null, status: 'unused', message: null },
      });
    });

    it('lets * take the place of every other event', async () => {
      const { body } = await create({ config: { url }, events: ['push', '*', 'issues'] });

      assert.deepEqual(body.events, ['*']);
    });

    it('installs a service once, and changes its hook the second time', async () => {
      const first = await create({ name: 'slack', config: { url: slackUrl, channel: '#one' } });

      const second = await create({
        name: 'slack',
        config: { url: '********', channel: '#two' },
        events: ['push'],
      });

      assert.deepEqual([first.status, second.status], [201, 201]);
      assert.equal(second.body.id, first.body.id);
      assert.deepEqual(first.body.events, ['push', 'issues', 'pull_request']);
      assert.deepEqual(second.body.events, ['push']);
      assert.deepEqual(second.body.config, { url: '********', channel: '#two' });
      const listed = await call('GET', path);
      assert.equal(listed.body.length, 1);
    });

    it('installs a service once even when asked at the same moment', async () => {
      const answers = await Promise.all(
        ['#a', '#b', '#c', '#d'].map((channel) =>
          create({ name: 'slack', config: { url: slackUrl, channel } }),
        ),
      );

      assert.deepEqual(
        answers.map(({ status }) => status),
        [201, 201, 201, 201],
      );
      assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
    });

    it('refuses events that a service cannot carry, naming them', async () => {
      const irc = { name: 'irc', config: { server: 'irc.example.org', room: 'hello' } };
      const email = { name: 'email', config: { address: 'octo@example.org' } };

      assert.deepEqual(await refused({ ...irc, events: ['push', 'gollum'] }), [
        ['events', 'The service irc does not support "gollum"'],
      ]);
      assert.deepEqual(await refused({ ...email, events: ['issues'] }), [
        ['events', 'The service email does not support "issues"'],
      ]);
      assert.equal((await create({ ...irc, events: ['issues.edited', '*'] })).status, 201);
    });

    for (const [title, body, field] of [
      ['an unknown service', { name: 'fax', config: {} }, 'name'],
      ['a missing URL', { config: {} }, 'url'],
      ['a URL that is none', { config: { url: 'nowhere' } }, 'url'],
      ['an unknown setting', { config: { url, colour: 'red' } }, 'colour'],
      [
        'a third address',
        { name: 'email', config: { address: 'a@b.example c@d.example e@f.example' } },
        'address',
      ],
      ['an inner IRC server', { name: 'irc', config: { server: '169.254.169.254', room: 'x' } }, 'server'],
      ['an inner Slack address', { name: 'slack', config: { url: 'http://10.0.0.1/x' } }, 'url'],
      ['half of a Discord bot', { name: 'discord', config: { bot_token: 'x' } }, 'channel_id'],
    ] as const) {
      it(`refuses ${title} with the setting's name`, async () => {
        const [[first] = []] = await refused(body);

        assert.equal(first, field);
      });
    }

    it('answers 404 for a repository that is not the caller’s, and 401 without a token', async () => {
      const stranger = await makeToken(holdfast, 'stranger');

      const foreign = await call('POST', path, { config: { url } }, stranger);
      const nobody = await call('POST', path, { config: { url } }, '');

      assert.deepEqual([foreign.status, foreign.body], [404, { message: 'Not Found' }]);
      assert.deepEqual([nobody.status, nobody.body], [401, { message: 'Bad credentials' }]);
    });

    it('answers 400 for JSON that does not parse', async () => {
      const answer = await create('{"config":');

      assert.deepEqual([answer.status, answer.body], [400, { message: 'Problems parsing JSON' }]);
    });

    it('knows who calls by Basic and by the word token, too', async () => {
      const basic = `Basic ${Buffer.from(`anyone:${repository.token}`).toString('base64')}`;

      for (const Authorization of [basic, `token ${repository.token}`]) {
        const answer = await holdfast.call('GET', path, { token: '', headers: { Authorization } });
        assert.equal(answer.status, 200);
      }
    });
  });

  describe('list', () => {
    it('goes by pages with links to their neighbours', async () => {
      for (let count = 0; count < 3; count += 1) await create({ config: { url } });

      const middle = await call('GET', `${path}?page=2&per_page=1`);

      const link = middle.headers.get('link') ?? '';
      const to = (page: number) => `<${holdfast.url}${path}?page=${page}&per_page=1>`;
      assert.equal(middle.body.length, 1);
      assert.deepEqual(link.split(', ').toSorted(), [
        `${to(1)}; rel="first"`,
        `${to(1)}; rel="prev"`,
        `${to(3)}; rel="last"`,
        `${to(3)}; rel="next"`,
      ]);
    });
  });

  it('are listed of a repository of any name, with links that a header can carry', async () => {
    const odd = `/repos/${repository.owner}/h%C3%A9%E6%97%A5`;
    await holdfast.call('PUT', `/api/repositories/${repository.owner}/h%C3%A9%E6%97%A5`, { body: {} });
    for (let count = 0; count < 2; count += 1) await call('POST', `${odd}/hooks`, { config: { url } });

    const answer = await call('GET', `${odd}/hooks?per_page=1`);

    assert.equal(answer.status, 200, answer.text);
    assert.ok(answer.headers.get('link')?.includes(`${odd}/hooks?page=2&per_page=1>; rel="next"`));
  });

  describe('change', () => {
    it('keeps a secret that is sent back masked, and drops one that is left out', async () => {
      const { body: hook } = await create({ config: { url, secret: 'canary-secret' } });

      const kept = await call('PATCH', `${path}/${hook.id}`, { config: { url, secret: '********' } });
      const dropped = await call('PATCH', `${path}/${hook.id}`, { config: { url } });

      assert.deepEqual(kept.body.config, {
        url,
        content_type: 'form',
        insecure_ssl: '0',
        secret: '********',
      });
      assert.deepEqual(dropped.body.config, { url, content_type: 'form', insecure_ssl: '0' });
    });

    it('refuses to take the last event away', async () => {
      const { body: hook } = await create({ config: { url } });

      const answer = await call('PATCH', `${path}/${hook.id}`, { remove_events: ['push'] });

      assert.equal(answer.status, 422);
      assert.equal(answer.body.errors[0].field, 'events');
    });

    it('needs the scopes that it says', async () => {
      const { body: hook } = await create({ config: { url } });
      const reader = await makeToken(holdfast, repository.owner, ['read:repo_hook']);
      const writer = await makeToken(holdfast, repository.owner, ['write:repo_hook']);

      const statuses = [
        await call('GET', `${path}/${hook.id}`, undefined, reader),
        await call('POST', `${path}/${hook.id}/pings`, undefined, reader),
        await call('PATCH', `${path}/${hook.id}`, { active: false }, reader),
        await call('PATCH', `${path}/${hook.id}`, { active: false }, writer),
        await call('DELETE', `${path}/${hook.id}`, undefined, writer),
        await call('DELETE', `${path}/${hook.id}`),
      ].map(({ status }) => status);

      assert.deepEqual(statuses, [200, 204, 403, 200, 403, 204]);
    });
  });

  describe('and the other dialect', () => {
    it('shows its hooks here, and leaves what it does not know of them alone', async () => {
      const made = await makeHook(holdfast, repository, {
        url,
        events: ['issues.edited'],
        schedule: [5, 6],
        headers: { 'X-Team': 'blue' },
      });
      const { body } = await call('GET', path);
      const [hook] = body;

      const changed = await call('PATCH', `${path}/${hook.id}`, { add_events: ['issues'] });

      assert.deepEqual(hook.config, { url, content_type: 'json', insecure_ssl: '0', secret: '********' });
      assert.deepEqual(changed.body.events, ['issues.edited', 'issues']);
      const { body: read } = await call('GET', `/api/webhooks/${made.id}`);
      assert.deepEqual(
        [read.data.schedule, read.data.headers, read.data.format, read.data.events],
        [[5, 6], { 'X-Team': '********' }, 'sigmagit', ['issues.edited', 'issues']],
      );
    });

    it('shows the hooks of here, an address that is a secret only by its host', async () => {
      await create({ name: 'slack', config: { url: slackUrl, channel: '#one' } });
      await create({ name: 'irc', config: { server: 'irc.example.org', room: 'hello', password: 'canary' } });

      const { body } = await call('GET', `${repository.path}/webhooks`);

      const [slack, irc] = body.data;
      assert.deepEqual([slack.service, slack.url], ['slack', 'https://hooks.slack.com/********']);
      assert.deepEqual([irc.service, irc.url], ['irc', null]);
      assert.equal(irc.settings.password, '********');
      const paused = await call('PATCH', `/api/webhooks/${irc.id}`, { active: false, events: ['push'] });
      assert.deepEqual([paused.body.data.active, paused.body.data.events], [false, ['push']]);
    });

    it('refuses there, too, what a service cannot carry, and a URL it does not have', async () => {
      await create({ name: 'irc', config: { server: 'irc.example.org', room: 'hello' } });
      const { body } = await call('GET', `${repository.path}/webhooks`);
      const [{ id }] = body.data;

      const events = await call('PATCH', `/api/webhooks/${id}`, { events: ['gollum'] });
      const address = await call('PATCH', `/api/webhooks/${id}`, { url });

      assert.deepEqual([events.status, events.body.fields[0].path], [422, 'events']);
      assert.deepEqual([address.status, address.body.fields[0].path], [422, 'url']);
    });
  });
});
