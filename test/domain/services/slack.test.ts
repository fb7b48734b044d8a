import assert from 'node:assert/strict';
import { readSettings } from '#domain/services/read-settings.ts';
import type { ServiceEvent, Settings } from '#domain/services/service.ts';
import { slack } from '#domain/services/slack.ts';
import { makeCommit, makeEvent, makeIssue, makePullRequest, makePush } from './sample-events.ts';

const url = 'https://hooks.example/services/T0/B0/hidden';

interface Post {
  readonly text: string;
  readonly channel?: string;
  readonly username?: string;
  readonly attachments: readonly Readonly<Record<string, unknown>>[];
}

function post(event: ServiceEvent, settings: Settings = { url }): Post {
  const message = slack.compose(event, settings);
  assert.equal(message.transport, 'http');
  return JSON.parse(message.body) as Post;
}

describe('the service slack', () => {
  it('posts JSON to the address of the webhook', () => {
    const message = slack.compose(makeIssue('opened'), { url });

    assert.equal(message.transport, 'http');
    assert.deepEqual([message.url, message.headers, message.contentType], [url, {}, 'application/json']);
  });

  it('tells of an issue by repository and action, the issue beside a bar in a colour', () => {
    assert.deepEqual(post(makeIssue('opened')), {
      text: 'acme/site: opened',
      mrkdwn: false,
      attachments: [
        {
          title: 'Issue #12: It breaks',
          title_link: 'https://git.example/acme/site/issues/12',
          text: 'First line\nSecond line',
          color: '#2da44e',
          mrkdwn_in: [],
        },
      ],
    });
    assert.equal(post(makeIssue('closed')).attachments[0]?.['color'], '#cf222e');
  });

  it('tells a merged pull request from one that was closed', () => {
    const merged = post(makePullRequest('closed', true));
    const closed = post(makePullRequest('closed'));

    assert.deepEqual([merged.text, merged.attachments[0]?.['color']], ['acme/site: merged', '#8250df']);
    assert.deepEqual([closed.text, closed.attachments[0]?.['color']], ['acme/site: closed', '#cf222e']);
    assert.equal(merged.attachments[0]?.['title'], 'Pull request #7: Mend it');
  });

  it('tells of a push by the number of its commits', () => {
    const push = post(makePush([makeCommit('a', 'First\n\nmore'), makeCommit('b', 'Second')]));

    assert.equal(push.text, 'acme/site: push');
    assert.equal(push.attachments[0]?.['title'], '2 commits to main');
    assert.equal(
      push.attachments[0]?.['text'],
      'aaaaaaa First (Ada Lovelace)\nbbbbbbb Second (Ada Lovelace)',
    );
  });

  it('shows ten commits of a push at the most', () => {
    const { attachments } = post(makePush(Array.from({ length: 12 }, () => makeCommit('a', 'x'))));

    assert.equal(attachments[0]?.['title'], '12 commits to main');
    assert.equal(String(attachments[0]['text']).split('\n').length, 10);
  });

  it('says that it is connected when it is pinged', () => {
    assert.equal(post(makeEvent('ping')).text, 'acme/site: This hook is connected');
    assert.equal(post({ ...makeEvent('ping'), payload: { zen: 'Be' } }).text, 'This hook is connected');
  });

  it('has a word for every other event, known or not', () => {
    const fork = post(makeEvent('fork', { forkee: { full_name: 'bob/site' } }));
    const unknown = post(makeEvent('sponsor_added', { action: 'first_time' }));

    assert.equal(fork.text, 'acme/site: fork');
    assert.equal(fork.attachments[0]?.['title'], 'Forked to bob/site');
    assert.equal(unknown.text, 'acme/site: sponsor_added first time');
    assert.equal(unknown.attachments[0]?.['title'], 'sponsor added: first time');
  });

  it('takes nothing that people wrote for a mention or a link', () => {
    const { attachments } = post(makeIssue('opened', { title: '<!channel> & <https://x|y>', body: '<@U1>' }));

    assert.equal(attachments[0]?.['title'], 'Issue #12: &lt;!channel&gt; &amp; &lt;https://x|y&gt;');
    assert.equal(attachments[0]['text'], '&lt;@U1&gt;');
  });

  it('posts to the channel and under the name of its settings', () => {
    const { channel, username } = post(makeIssue('opened'), { url, channel: '#dev', username: 'Site' });

    assert.deepEqual([channel, username], ['#dev', 'Site']);
  });

  it('requires its address and never takes the masked form of one', () => {
    for (const given of [{}, { url: 'https://hooks.example/********' }, { url: 'mailto:a@example.org' }]) {
      const reading = readSettings(slack, given);

      assert.ok('problems' in reading);
      assert.deepEqual(
        reading.problems.map(({ setting }) => setting),
        ['url'],
      );
    }
  });
});
