import assert from 'node:assert/strict';
import { discord } from '#domain/services/discord.ts';
import { readSettings } from '#domain/services/read-settings.ts';
import type { HttpMessage, ServiceEvent, Settings } from '#domain/services/service.ts';
import {
  makeComment,
  makeCommit,
  makeEvent,
  makeIssue,
  makePullRequest,
  makePush,
  noCommit,
} from './sample-events.ts';

const url = 'https://discord.example/api/webhooks/1/hidden';

interface Embed {
  readonly title: string;
  readonly description?: string;
  readonly color: number;
  readonly footer?: { readonly text: string };
}

function compose(event: ServiceEvent, settings: Settings = { url }): HttpMessage {
  const message = discord.compose(event, settings);
  assert.equal(message.transport, 'http');
  return message;
}

function embed(event: ServiceEvent): Embed {
  const { embeds } = JSON.parse(compose(event).body) as { readonly embeds: readonly Embed[] };
  const [only] = embeds;
  assert.ok(only !== undefined && embeds.length === 1);
  return only;
}

function problems(given: Readonly<Record<string, unknown>>): readonly string[] {
  const reading = readSettings(discord, given);
  return 'problems' in reading ? reading.problems.map(({ setting }) => setting) : [];
}

describe('the service discord', () => {
  it('tells of an issue in an embed, and calls nobody', () => {
    const message = compose(makeIssue('opened'), { url, username: 'Site' });

    assert.deepEqual(JSON.parse(message.body), {
      username: 'Site',
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: '🟢 Issue #12',
          description: 'It breaks',
          url: 'https://git.example/acme/site/issues/12',
          color: 0x2d_a4_4e,
          fields: [
            { name: 'State', value: 'open', inline: true },
            { name: 'Author', value: 'grace', inline: true },
          ],
          footer: { text: 'acme/site · ada' },
          timestamp: '2026-11-22T10:00:00.000Z',
        },
      ],
    });
  });

  it('posts to a webhook by its address', () => {
    const message = compose(makeIssue('opened'));

    assert.deepEqual([message.url, message.headers, message.contentType], [url, {}, 'application/json']);
  });

  it('posts to a channel as a bot, whose name it cannot choose', () => {
    const message = compose(makeIssue('opened'), {
      bot_token: 'abc.def',
      channel_id: '42',
      username: 'Site',
    });

    assert.equal(message.url, 'https://discord.com/api/v10/channels/42/messages');
    assert.deepEqual(message.headers, { Authorization: 'Bot abc.def' });
    assert.equal('username' in (JSON.parse(message.body) as object), false);
  });

  it('shows what became of an issue or pull request by emoji and colour', () => {
    const looks = [
      makeIssue('closed'),
      makeIssue('reopened'),
      makePullRequest('opened'),
      makePullRequest('closed'),
      makePullRequest('closed', true),
      makeIssue('transferred'),
    ].map(embed);

    assert.deepEqual(
      looks.map(({ title, color }) => [title, color.toString(16)]),
      [
        ['🔴 Issue #12', 'cf222e'],
        ['🔄 Issue #12', '2da44e'],
        ['🟢 Pull request #7', '2da44e'],
        ['🔴 Pull request #7', 'cf222e'],
        ['🟣 Pull request #7', '8250df'],
        ['📌 Issue #12', '57606a'],
      ],
    );
  });

  it('tells of a push by the number of its commits and shows ten of them', () => {
    const commits = Array.from({ length: 12 }, (_, index) => makeCommit('a', `Change *${index}*\nmore`));

    const { title, description } = embed(makePush(commits));

    const lines = (description ?? '').split('\n');
    assert.equal(title, '📦 12 commits to main');
    assert.equal(lines.length, 10);
    assert.equal(lines[0], '`aaaaaaa` Change \\*0\\* – Ada Lovelace');
  });

  it('tells of a branch that was deleted, and of one made without commits', () => {
    assert.equal(embed(makePush([], { after: noCommit })).title, '📦 branch main deleted');
    assert.equal(embed(makePush([], { before: noCommit })).title, '📦 branch main created');
    assert.equal(embed(makePush([makeCommit('a', 'x')], { after: noCommit })).description, undefined);
  });

  it('says that it is connected when it is pinged', () => {
    assert.equal(embed(makeEvent('ping')).title, '🔗 This hook is connected');
    assert.equal(embed({ ...makeEvent('ping'), payload: { zen: 'Be' } }).footer, undefined);
  });

  it('has a headline for every other event, known or not', () => {
    const titles = [
      makeComment('issue_comment', { issue: { number: 12 } }),
      makeComment('issue_comment', { issue: { number: 7, pull_request: {} } }),
      makeEvent('watch', { action: 'started' }),
      makeEvent('create', { ref_type: 'tag', ref: 'v1' }),
      makeEvent('release', { action: 'published', release: { tag_name: 'v1' } }),
      makeEvent('status', { sha: 'c'.repeat(40), state: 'success', context: 'build' }),
      makeEvent('sponsor_added'),
      makeEvent('constructor'),
    ].map((event) => embed(event).title);

    assert.deepEqual(titles, [
      '📌 Comment on issue #12',
      '📌 Comment on pull request #7',
      '📌 The repository was starred',
      '📌 Tag v1 created',
      '📌 Release v1 published',
      '📌 build of commit ccccccc: success',
      '📌 sponsor added',
      '📌 constructor',
    ]);
  });

  it('takes nothing that people wrote for markup', () => {
    const { description } = embed(makeIssue('opened', { title: '# **x** [a](https://b) <@1> `c` ||d|| \\' }));

    assert.equal(description, '\\# \\*\\*x\\*\\* \\[a\\](https://b) \\<@1\\> \\`c\\` \\|\\|d\\|\\| \\\\');
  });

  it('is set up with a webhook or a bot and its channel, never with both or half', () => {
    assert.deepEqual(problems({ url }), []);
    assert.deepEqual(problems({ bot_token: 'abc', channel_id: '42' }), []);
    assert.deepEqual(problems({}), ['url']);
    assert.deepEqual(problems({ url, bot_token: 'abc', channel_id: '42' }), ['url']);
    assert.deepEqual(problems({ url, channel_id: '42' }), ['url']);
    assert.deepEqual(problems({ bot_token: 'abc' }), ['channel_id']);
    assert.deepEqual(problems({ channel_id: '42' }), ['bot_token']);
  });

  it('refuses settings that Discord would', () => {
    assert.deepEqual(problems({ bot_token: 'Bot abc', channel_id: '42' }), ['bot_token']);
    assert.deepEqual(problems({ bot_token: 'abc', channel_id: '4/2' }), ['channel_id']);
    assert.deepEqual(problems({ url, username: 'My Discord' }), ['username']);
    assert.deepEqual(problems({ url, username: 'x'.repeat(81) }), ['username']);
    assert.deepEqual(problems({ url: 'gopher://discord.example' }), ['url']);
  });
});
