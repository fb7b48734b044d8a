import assert from 'node:assert/strict';
import type { EventType } from '#domain/events.ts';
import { gatewayName } from '#domain/rendering/event-name.ts';
import { isJsonObject } from '#domain/rendering/field-readers.ts';
import { renderEvent } from '#domain/rendering/render-event.ts';
import { sampleOf, samples } from '../../support/samples.ts';

/** Renders a payload as it is sent. */
function render(type: string, payload: unknown) {
  const { name, payload: rendered } = renderEvent({ type, payload: JSON.stringify(payload) });
  return { name, payload: JSON.parse(JSON.stringify(rendered)) };
}

function renderSample(type: EventType, changes: Readonly<Record<string, unknown>> = {}) {
  return render(type, { ...sampleOf(type).payload, ...changes }).payload;
}

/** Changes a part of a sample, such as its issue. */
function renderWithPart(type: EventType, part: string, changes: Readonly<Record<string, unknown>>) {
  const whole = sampleOf(type).payload[part];
  assert.ok(isJsonObject(whole));
  return renderSample(type, { [part]: { ...whole, ...changes } });
}

describe('a rendered event', () => {
  it('has the name and the action that hooks in the GitHub dialect know', () => {
    const named = samples.map(({ type, payload }) => {
      const { name, payload: rendered } = render(type, payload);
      return `${type}: ${name} ${rendered.action ?? '-'}`;
    });

    assert.deepEqual(named, [
      'issues.opened: issues opened',
      'issues.closed: issues closed',
      'issues.reopened: issues reopened',
      'issues.edited: issues edited',
      'issues.deleted: issues deleted',
      'pull_request.opened: pull_request opened',
      'pull_request.closed: pull_request closed',
      'pull_request.merged: pull_request closed',
      'pull_request.reopened: pull_request reopened',
      'pull_request.edited: pull_request edited',
      'push: push -',
      'commit: commit -',
      'star.added: watch started',
      'star.removed: star deleted',
      'fork.created: fork -',
    ]);
  });

  it('is named the same without its payload', () => {
    assert.deepEqual(gatewayName('fork.created'), { name: 'fork' });
    assert.deepEqual(gatewayName('pull_request.merged'), { name: 'pull_request', action: 'closed' });
    assert.deepEqual(gatewayName('issues.edited'), { name: 'issues', action: 'edited' });
  });

  it('keeps the name of a type without dots, and its own fields', () => {
    const { name, payload } = render('gollum', {
      ...sampleOf('star.removed').payload,
      pages: [{ pageName: 'Home' }],
    });

    assert.equal(name, 'gollum');
    assert.deepEqual(payload.pages, [{ pageName: 'Home' }]);
    assert.equal(payload.repository.full_name, 'olive/umbrella');
  });

  it('shows repository and sender as GitHub does', () => {
    const { repository, sender } = renderSample('star.added');

    assert.deepEqual(repository, {
      id: 42,
      name: 'umbrella',
      full_name: 'olive/umbrella',
      owner: { login: 'olive' },
      html_url: 'https://forge.example/olive/umbrella',
      default_branch: 'main',
    });
    assert.deepEqual(sender, { login: 'marta', id: 7 });
  });

  it('has ids where they are digits of a safe integer, and none otherwise', () => {
    for (const id of ['9007199254740992', '7e3', '7.0', '-1', 'b0a1c2d3-0000-4000-8000-000000000000']) {
      assert.deepEqual(renderSample('star.added', { sender: { id, username: 'marta' } }).sender, {
        login: 'marta',
      });
    }
    const largest = renderSample('star.added', { sender: { id: '9007199254740991', username: 'marta' } });
    assert.equal(largest.sender.id, Number.MAX_SAFE_INTEGER);
  });

  it('has an organization where one was reported, as an object or by its name', () => {
    const reported = [{ id: '9', name: 'forge' }, 'forge', 7];

    const shown = reported.map((organization) => renderSample('push', { organization }).organization);

    assert.deepEqual(shown, [{ login: 'forge', id: 9, name: 'forge' }, { login: 'forge' }, undefined]);
  });

  it("keeps a producer's own fields, their names in snake_case and their values untouched", () => {
    const own = {
      buildNumber: '7',
      HTML: 1,
      'with space': [],
      htmlURLText: { innerName: null },
      plain: -0.5,
    };

    const rendered = renderSample('push', own);

    assert.equal(rendered.build_number, '7');
    assert.equal(rendered.HTML, 1);
    assert.deepEqual(rendered['with space'], []);
    assert.deepEqual(rendered.html_url_text, { innerName: null });
    assert.equal(rendered.plain, -0.5);
    assert.equal(rendered.buildNumber, undefined);
  });

  it('takes no prototype from a payload', () => {
    const text = JSON.stringify(sampleOf('star.removed').payload);
    const hostile = text.replaceAll('{', '{"__proto__":{"polluted":true},"constructor":1,');

    const { payload } = renderEvent({ type: 'star.removed', payload: hostile });

    assert.equal(Object.getPrototypeOf(payload), Object.prototype);
    assert.equal((payload['sender'] as Record<string, unknown>)['polluted'], undefined);
    assert.equal(payload['constructor'], 1);
  });

  it('in the GitHub dialect already comes out as it went in', () => {
    const payload = { action: 'opened', repository: { full_name: 'olive/umbrella' }, camelCase: { id: '7' } };

    assert.deepEqual(render('issues.opened', payload), { name: 'issues', payload });
  });
});

describe('a rendered issue event', () => {
  it('has user, labels and assignees as GitHub does', () => {
    const { issue } = renderSample('issues.opened');

    assert.deepEqual(issue.user, { login: 'pim', id: 8, name: 'Pim Regen' });
    assert.deepEqual(issue.labels, [{ id: 5, name: 'weather', color: '0000ff' }, { name: 'wet' }]);
    assert.deepEqual(issue.assignees, [{ login: 'marta', id: 7 }]);
    assert.deepEqual(issue.assignee, { login: 'marta', id: 7 });
    assert.equal(renderWithPart('issues.opened', 'issue', { assignees: [] }).issue.assignee, null);
  });

  it('was closed when its producer says so, or else when it last changed', () => {
    const closedAt = '2026-11-21T00:00:00Z';

    assert.equal(renderSample('issues.opened').issue.closed_at, null);
    assert.equal(renderSample('issues.closed').issue.closed_at, '2026-11-22T10:00:00.000+01:00');
    assert.equal(renderWithPart('issues.closed', 'issue', { closedAt }).issue.closed_at, closedAt);
  });

  it('has the state that its action leaves behind, whatever the producer saw later', () => {
    assert.equal(renderWithPart('issues.opened', 'issue', { state: 'closed' }).issue.state, 'open');
    assert.equal(renderWithPart('issues.closed', 'issue', { state: 'open' }).issue.state, 'closed');
    assert.equal(renderWithPart('issues.edited', 'issue', { state: 'closed' }).issue.state, 'closed');
  });

  it('tells what an edit replaced, as far as it is text', () => {
    const changes = { title: { from: 7 }, body: { from: 'Wet', to: 'Dry' }, labels: [] };

    assert.deepEqual(renderSample('issues.edited').changes, { title: { from: 'It drips' } });
    assert.deepEqual(renderSample('issues.edited', { changes }).changes, { body: { from: 'Wet' } });
  });
});

describe('a rendered pull request event', () => {
  it('is merged when it was merged, by its sender', () => {
    const { pull_request: merged } = renderSample('pull_request.merged');
    const { pull_request: closed } = renderSample('pull_request.closed');

    assert.equal(merged.merged, true);
    assert.equal(merged.state, 'closed');
    assert.deepEqual(merged.merged_by, { login: 'marta', id: 7 });
    assert.equal(merged.merged_at, '2026-11-22T10:00:00.000+01:00');
    assert.equal(closed.merged, false);
    assert.equal(closed.merged_at, null);
    assert.equal(closed.closed_at, '2026-11-22T10:00:00.000+01:00');
  });

  it('is open and unmerged when it is opened, reopened, or edited while it is open', () => {
    for (const type of ['pull_request.opened', 'pull_request.reopened', 'pull_request.edited'] as const) {
      const { pull_request: open, number } = renderSample(type);

      assert.equal(number, 4);
      assert.deepEqual(
        [open.state, open.merged, open.closed_at, open.merged_by],
        ['open', false, null, null],
      );
    }
  });

  it('has base and head, with the whole repository where it is the own one', () => {
    const { pull_request: fromFork } = renderSample('pull_request.opened');
    const { pull_request: within } = renderWithPart('pull_request.opened', 'pullRequest', {
      headRepo: { id: '42', name: 'umbrella' },
      headSha: 'abc1234',
    });

    assert.equal(fromFork.base.label, 'olive:main');
    assert.equal(fromFork.base.repo.full_name, 'olive/umbrella');
    assert.deepEqual(fromFork.head, { ref: 'open-it', repo: { id: 43, name: 'umbrella' } });
    assert.equal(within.head.label, 'olive:open-it');
    assert.equal(within.head.sha, 'abc1234');
    assert.deepEqual(within.head.user, { login: 'olive' });
  });
});

describe('a rendered commit event', () => {
  it('shows its commit as a push does, and leaves alone what is none', () => {
    const { commit } = renderSample('commit');

    assert.equal(commit.id, '7d793037a0760186574b0282f2f435e7f1e2a3b4');
    assert.equal(commit.timestamp, '2025-11-22T10:01:00.500Z');
    assert.equal(commit.url, `https://forge.example/olive/umbrella/commit/${commit.id}`);
    assert.equal(renderSample('commit', { commit: 'abc1234' }).commit, 'abc1234');
  });
});

describe('a rendered star or fork', () => {
  it('has no time for a star that was taken back', () => {
    assert.equal(renderSample('star.removed', { starredAt: '2026-11-20T08:15:00Z' }).starred_at, null);
    assert.equal(renderSample('star.added').starred_at, '2026-11-20T08:15:00Z');
  });

  it('has the fork as forkee, under either name it was reported by', () => {
    const reported = sampleOf('fork.created').payload['fork'];

    for (const payload of [
      renderSample('fork.created'),
      renderSample('fork.created', { fork: true, forkee: reported }),
    ]) {
      assert.equal(payload.forkee.full_name, 'marta/umbrella');
      assert.equal(payload.forkee.fork, true);
    }
    assert.equal(renderSample('fork.created', { fork: undefined }).forkee, undefined);
  });

  it('has what is called forkee as forkee when a fork is reported as well', () => {
    const forkee = { id: '44', owner: 'pim', name: 'umbrella', url: '' };

    assert.equal(renderSample('fork.created', { forkee }).forkee.full_name, 'pim/umbrella');
  });
});
