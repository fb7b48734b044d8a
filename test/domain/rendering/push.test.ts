import assert from 'node:assert/strict';
import { eventsApiPayload, eventsApiType } from '#domain/rendering/events-api.ts';
import { renderEvent } from '#domain/rendering/render-event.ts';
import { sampleOf } from '../../support/samples.ts';

const zero = '0'.repeat(40);
const first = '5d41402abc4b2a76b9719d911017c592ae3b1f20';
const after = '7d793037a0760186574b0282f2f435e7f1e2a3b4';
const pages = 'https://forge.example/olive/umbrella';

function renderPush(changes: Readonly<Record<string, unknown>> = {}) {
  const payload = JSON.stringify({ ...sampleOf('push').payload, ...changes });
  return JSON.parse(JSON.stringify(renderEvent({ type: 'push', payload }).payload));
}

describe('a rendered push', () => {
  it('has its commits in the order they were reported, each as GitHub shows it', () => {
    const { commits } = renderPush();

    assert.equal(commits[0].id, first);
    assert.deepEqual(commits[1], {
      id: after,
      message: 'Open the umbrella\n\nIt had been closed.',
      timestamp: '2025-11-22T10:01:00.500Z',
      url: `${pages}/commit/${after}`,
      author: { name: 'Marta', email: 'marta@forge.example' },
      distinct: true,
      modified: ['umbrella.txt'],
    });
  });

  it('has pusher, size, compare and the address of its repository under both names', () => {
    const { pusher, size, compare, repository, before } = renderPush();

    assert.deepEqual(pusher, { name: 'marta' });
    assert.equal(size, 2);
    assert.equal(compare, `${pages}/compare/${before}...${after}`);
    assert.deepEqual([repository.url, repository.html_url], [pages, pages]);
  });

  it('has as head commit the one that the branch is at, wherever it stands in the list', () => {
    assert.equal(renderPush().head_commit.id, after);
    assert.equal(renderPush({ after: first }).head_commit.id, first);
  });

  it('has the last commit as head commit when none is the one it is at, as with a tag', () => {
    assert.equal(renderPush({ after: 'abcdef1' }).head_commit.id, after);
  });

  it('tells by its hashes what was created and deleted, and whether it was forced only if that is known', () => {
    const kinds = [{}, { before: zero }, { after: zero }, { forced: true }].map((changes) => {
      const { created, deleted, forced = null } = renderPush(changes);
      return [created, deleted, forced];
    });

    assert.deepEqual(kinds, [
      [false, false, null],
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]);
  });

  it('has no head commit when nothing is left or nothing came', () => {
    assert.equal(renderPush({ after: zero }).head_commit, null);
    assert.equal(renderPush({ commits: [] }).head_commit, null);
  });

  it('puts nothing but hashes into addresses', () => {
    const commit = { oid: '../../evil', message: '', author: { name: '', email: '' }, timestamp: 0 };

    const { compare, commits } = renderPush({ before: '?x=', commits: [commit] });

    assert.equal(compare, undefined);
    assert.equal(commits[0].id, '../../evil');
    assert.equal(commits[0].url, undefined);
  });

  it('has no addresses of pages when its repository has no address that leads to them', () => {
    for (const url of ['', 'olive/umbrella', `${pages}?tab=1`, `${pages}#readme`]) {
      const { compare, commits } = renderPush({ repository: { id: '1', owner: 'o', name: 'u', url } });

      assert.equal(compare, undefined);
      assert.equal(commits[0].url, undefined);
    }
    const slashed = renderPush({ repository: { id: '1', owner: 'o', name: 'u', url: `${pages}/` } });
    assert.equal(slashed.commits[0].url, `${pages}/commit/${first}`);
  });

  it('has whom it names as committer, and nobody when nobody is named', () => {
    const commit = { oid: first, message: '', author: { name: 'A', email: 'a@b' }, timestamp: 0 };
    const committer = { name: 'Forge', email: null, date: 'yesterday' };

    const { commits } = renderPush({ commits: [commit, { ...commit, committer, distinct: false }] });

    assert.equal(commits[0].committer, undefined);
    assert.deepEqual(commits[1].committer, { name: 'Forge', email: null });
    assert.equal(commits[1].distinct, false);
  });
});

describe('the Events API', () => {
  it('names types after the events', () => {
    const names = ['push', 'issues', 'pull_request_review_comment', 'gollum', 'watch'].map(eventsApiType);

    assert.deepEqual(names, [
      'PushEvent',
      'IssuesEvent',
      'PullRequestReviewCommentEvent',
      'GollumEvent',
      'WatchEvent',
    ]);
  });

  it('shows a payload without repository and sender', () => {
    const payload = { action: 'started', repository: {}, sender: {}, organization: {}, own: 1 };

    assert.deepEqual(eventsApiPayload({ name: 'watch', payload }), {
      action: 'started',
      organization: {},
      own: 1,
    });
  });

  it('shows a push in its short form', () => {
    const payload = renderPush({ totalCommits: 7 });

    const short = eventsApiPayload({ name: 'push', payload });

    assert.deepEqual(Object.keys(short), ['ref', 'head', 'before', 'size', 'commits']);
    assert.equal(short['head'], after);
    assert.equal(short['size'], 7);
    assert.deepEqual((short['commits'] as unknown[])[0], {
      sha: first,
      author: { name: 'Pim Regen', email: 'pim@forge.example' },
      message: 'Find the umbrella',
      distinct: true,
      url: `${pages}/commit/${first}`,
    });
  });

  it('shows the last twenty commits of a long push, and its whole size', () => {
    const commits = Array.from({ length: 25 }, (_, index) => ({ id: `c${index}` }));

    const short = eventsApiPayload({ name: 'push', payload: { commits } });

    const shown = (short['commits'] as readonly { readonly sha: string }[]).map(({ sha }) => sha);
    assert.deepEqual([shown.length, shown[0], shown.at(-1)], [20, 'c5', 'c24']);
    assert.equal(short['size'], 25);
  });

  it('shows of a push what is there, when nobody has checked it', () => {
    for (const commits of [undefined, null, 'x', { length: 3 }]) {
      assert.deepEqual(eventsApiPayload({ name: 'push', payload: { commits, ref: 7 } }), {
        size: 0,
        commits: [],
      });
    }
    assert.deepEqual(eventsApiPayload({ name: 'push', payload: { commits: [null, { author: 3 }] } }), {
      size: 2,
      commits: [{ author: {} }],
    });
  });
});
