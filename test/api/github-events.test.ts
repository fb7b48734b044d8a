/** The Events API: what happened in a repository, as clients of GitHub page through it. */
import assert from 'node:assert/strict';
import {
  issuePayload,
  makeRepository,
  makeToken,
  namedPayload,
  plainPayload,
  pushPayload,
  sendEvent,
  type OwnedRepository,
} from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

/** An item as clients read it. */
interface Item {
  readonly id: string;
  readonly type: string;
  readonly actor: { readonly login: string };
  readonly repo: { readonly id: number | string; readonly name: string; readonly url: string };
  readonly payload: Readonly<Record<string, unknown>>;
  readonly public: boolean;
  readonly created_at: string;
}

describe('the Events API', () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;
  let path: string;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
    path = `/repos/${repository.owner}/${repository.name}/events`;
  });

  const get = (where = path, token = repository.token) => holdfast.call('GET', where, { token });
  const items = async (where?: string): Promise<readonly Item[]> => {
    const { status, body, text } = await get(where);
    assert.equal(status, 200, text);
    return body;
  };
  const send = (type: string, payload: unknown) => sendEvent(holdfast, repository, type, payload);

  /** Reports so many events; answers their ids, the oldest first. */
  const sendMany = async (count: number): Promise<readonly string[]> => {
    const { owner, name, token } = repository;
    const event = { repository: `${owner}/${name}`, type: 'star.added', payload: plainPayload(repository) };
    const { status, body, text } = await holdfast.call('POST', '/api/events', {
      token,
      body: Array.from({ length: count }, () => event),
    });
    assert.equal(status, 200, text);
    return body.data.map(({ id }: { id: string }) => id);
  };

  /** Every page from one on, by the links alone. */
  const walk = async (from: string): Promise<readonly (readonly Item[])[]> => {
    const pages: (readonly Item[])[] = [];
    for (let next: string | undefined = from; next !== undefined;) {
      assert.ok(pages.length < 20, 'the pages have no end');
      const { status, body, headers, text } = await get(next);
      assert.equal(status, 200, text);
      pages.push(body);
      next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    return pages;
  };

  it('is an empty list at first, with no link', async () => {
    const { body, headers } = await get();

    assert.deepEqual([body, headers.get('link')], [[], null]);
  });

  it('shows the newest first', async () => {
    const sent = [
      await send('star.added', plainPayload(repository)),
      await send('issues.opened', issuePayload(repository)),
      await send('push', pushPayload(repository)),
    ];

    const shown = await items();

    assert.deepEqual(
      shown.map(({ id, type }) => [id, type]),
      [
        [sent[2]?.id, 'PushEvent'],
        [sent[1]?.id, 'IssuesEvent'],
        [sent[0]?.id, 'WatchEvent'],
      ],
    );
  });

  it('has 30 a page, and links to the next by cursor until the last', async () => {
    const sent = await sendMany(65);

    const pages = await walk(path);

    assert.deepEqual(
      pages.map((page) => page.length),
      [30, 30, 5],
    );
    assert.deepEqual(
      pages.flat().map(({ id }) => id),
      sent.toReversed(),
    );
  });

  it('goes on after what was seen, whatever happens meanwhile, in pages of the size asked for', async () => {
    const sent = await sendMany(4);
    const { headers } = await get(`${path}?per_page=2`);
    await sendMany(1);
    const [, next = ''] = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '') ?? [];

    const pages = await walk(next);

    assert.deepEqual(
      pages.map((page) => page.map(({ id }) => id)),
      [[sent[1], sent[0]]],
    );
    assert.equal(new URL(next).searchParams.get('per_page'), '2');
    assert.ok(next.startsWith(`${holdfast.url}${path}?`), next);
  });

  it('says who did what, where and when', async () => {
    await holdfast.call('PUT', repository.path, { body: { id: '42' } });
    await send('issues.opened', issuePayload(repository));

    const [item] = await items();

    assert.ok(item);
    const { owner, name } = repository;
    assert.deepEqual(item.actor, { login: owner });
    assert.deepEqual(item.repo, {
      id: 42,
      name: `${owner}/${name}`,
      url: `${holdfast.url}/repos/${owner}/${name}`,
    });
    assert.equal(item.public, true);
    assert.ok(Math.abs(Date.parse(item.created_at) - Date.now()) < 60_000);
  });

  it('shows the payload that hooks get, without what stands beside it', async () => {
    await send('issues.opened', issuePayload(repository));

    const [item] = await items();

    assert.ok(item);
    assert.deepEqual(Object.keys(item.payload).toSorted(), ['action', 'issue']);
    const { action, issue } = item.payload as { action: string; issue: Record<string, unknown> };
    assert.deepEqual(
      [action, issue['title'], issue['created_at']],
      ['opened', 'It rains', '2026-11-22T10:00:00Z'],
    );
    assert.equal((issue['user'] as { login: string }).login, repository.owner);
  });

  it('shows a push in its short form', async () => {
    const push = pushPayload(repository);
    const [commit] = push.commits;
    const commits = Array.from({ length: 25 }, (_, at) => ({
      ...commit,
      oid: String(at).padStart(40, 'b'),
      message: `Step ${at}`,
    }));
    await send('push', { ...push, commits, totalCommits: 40 });

    const [item] = await items();

    assert.ok(item);
    const { commits: shown, ...rest } = item.payload as { commits: readonly Record<string, unknown>[] };
    assert.deepEqual(rest, { ref: push.ref, head: push.after, before: push.before, size: 40 });
    assert.equal(shown.length, 20);
    assert.deepEqual(
      [shown.at(-1)?.['sha'], shown.at(-1)?.['message'], shown.at(-1)?.['author']],
      ['24'.padStart(40, 'b'), 'Step 24', { name: 'Olive', email: 'olive@example.com' }],
    );
  });

  it('shows what was reported in its own shape word for word', async () => {
    const pages = [{ page_name: 'Home', action: 'edited', sha: 'c'.repeat(40) }];
    await send('gollum', { ...namedPayload(repository), pages, createdAt: 'kept as it is' });
    await send('issues', { ...namedPayload(repository, 'opened'), issue: { number: 8 } });
    await send('push', { ...namedPayload(repository), ref: 'refs/tags/v1', after: 'd'.repeat(40) });

    const [push, issues, gollum] = await items();

    assert.deepEqual(
      [gollum?.type, gollum?.actor, gollum?.payload],
      ['GollumEvent', { login: repository.owner }, { pages, createdAt: 'kept as it is' }],
    );
    assert.deepEqual(
      [issues?.type, issues?.payload],
      ['IssuesEvent', { action: 'opened', issue: { number: 8 } }],
    );
    assert.deepEqual(
      [push?.type, push?.payload],
      ['PushEvent', { ref: 'refs/tags/v1', head: 'd'.repeat(40), size: 0, commits: [] }],
    );
  });

  it('shows no pings, and nothing of other repositories', async () => {
    const { token } = repository;
    const hook = await holdfast.call('POST', path.replace('events', 'hooks'), {
      token,
      body: { config: { url: 'https://example.com/hook' }, events: ['*'] },
    });
    const ping = await holdfast.call('POST', `${path.replace('events', 'hooks')}/${hook.body.id}/pings`, {
      token,
    });
    await sendEvent(holdfast, await makeRepository(holdfast));

    const shown = await items();

    assert.deepEqual([hook.status, ping.status, shown], [201, 204, []]);
    const { body: made } = await holdfast.call('GET', '/api/deliveries', { token });
    assert.deepEqual(
      made.data.map(({ eventType }: { eventType: string }) => eventType),
      ['ping', 'ping'],
    );
  });

  it('is not there for strangers, and asks for a token and a scope', async () => {
    await sendMany(1);
    const stranger = await makeToken(holdfast, 'stranger');
    const platform = await makeToken(holdfast, repository.owner, ['platform']);

    const answers = [
      await get(path, stranger),
      await get(`/repos/${repository.owner}/other/events`),
      await get(path, ''),
      await get(path, platform),
    ];

    const statuses = answers.map(({ status }) => status);
    assert.deepEqual(statuses, [404, 404, 401, 403]);
    assert.deepEqual(answers[0]?.body, { message: 'Not Found' });
  });

  it('answers 400 to a cursor that is none of its own', async () => {
    const { status, body } = await get(`${path}?cursor=tomorrow`);

    assert.deepEqual([status, body], [400, { message: 'cursor: not a cursor of this API' }]);
  });
});
