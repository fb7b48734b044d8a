/** The payload rules of Sigmagit's events, each fault named by its path. */
import assert from 'node:assert/strict';
import { eventDeclarations } from '#domain/events.ts';
import { Refusal } from '#domain/refusals.ts';
import { checkPayload, nestsDeeper, requireType } from '#intake/check-payload.ts';
import { isStorableText } from '#intake/storable-text.ts';
import {
  issuePayload,
  namedPayload,
  plainPayload,
  pullRequestPayload,
  pushPayload,
} from '../support/make.ts';

const repository = { owner: 'octo', name: 'hello' };

/** The paths at fault; none when the payload is right. */
function faultsOf(type: string, payload: unknown): readonly string[] {
  try {
    checkPayload({ type, text: JSON.stringify(payload), ...repository });
    return [];
  } catch (error) {
    assert.ok(error instanceof Refusal);
    assert.equal(error.status, 422);
    return (error.fields ?? []).map(({ path }) => path);
  }
}

/** A copy in which the value at a path is replaced, or taken away by undefined. */
function withValue(payload: object, path: string, value: unknown): object {
  const copy = structuredClone(payload) as Record<string, unknown>;
  const steps = path.split('.');
  const last = steps.pop() as string;
  const parent = steps.reduce<Record<string, unknown>>(
    (at, step) => at[step] as Record<string, unknown>,
    copy,
  );
  parent[last] = value;
  return copy;
}

const text = ['id'] as const;
const person = ['id', 'username'] as const;
const author = [...person, 'name'] as const;
const under = (name: string, fields: readonly string[]) => fields.map((field) => `${name}.${field}`);
const plainTexts = [...under('repository', ['id', 'owner', 'name', 'url']), ...under('sender', person)];

/** For each shape: a good payload, and which fields must be what. */
const shapes = [
  {
    type: 'star.added',
    payload: plainPayload(repository),
    texts: plainTexts,
    numbers: [],
    times: [],
    lists: [],
    objects: ['repository', 'sender'],
  },
  {
    type: 'issues.opened',
    payload: issuePayload(repository),
    texts: [
      ...plainTexts,
      ...under('issue', [...text, 'title', 'url', 'state']),
      ...under('issue.author', author),
    ],
    numbers: ['issue.number'],
    times: ['issue.createdAt', 'issue.updatedAt'],
    lists: ['issue.labels', 'issue.assignees'],
    objects: ['issue', 'issue.author'],
  },
  {
    type: 'pull_request.merged',
    payload: pullRequestPayload(repository, 'merged'),
    texts: [
      ...plainTexts,
      ...under('pullRequest', [...text, 'title', 'url', 'state', 'baseBranch', 'headBranch']),
      ...under('pullRequest.author', author),
      ...under('pullRequest.baseRepo', ['id', 'name']),
      ...under('pullRequest.headRepo', ['id', 'name']),
    ],
    numbers: ['pullRequest.number'],
    times: ['pullRequest.createdAt', 'pullRequest.updatedAt'],
    lists: [],
    objects: ['pullRequest', 'pullRequest.author', 'pullRequest.baseRepo', 'pullRequest.headRepo'],
  },
  {
    type: 'push',
    payload: pushPayload(repository),
    texts: [
      ...plainTexts,
      'ref',
      'before',
      'after',
      ...under('pusher', person),
      'commits.0.oid',
      'commits.0.message',
      ...under('commits.0.author', ['name', 'email']),
    ],
    numbers: ['totalCommits', 'commits.0.timestamp'],
    times: [],
    lists: ['commits'],
    objects: ['pusher', 'commits.0.author'],
  },
] as const;

describe('a payload', () => {
  for (const { type, payload, texts, numbers, times, lists, objects } of shapes) {
    it(`of ${type} is named by the path of each field that is missing or of another kind`, () => {
      assert.deepEqual(faultsOf(type, payload), []);
      const wrong: readonly (readonly [readonly string[], readonly unknown[]])[] = [
        [texts, [undefined, null, 7, {}, ['a']]],
        [numbers, [undefined, null, '7', true]],
        [
          times,
          [undefined, null, 1_763_805_600, 'yesterday', '2026-11-22', '22/11/2026', '2026-13-01T00:00:00Z'],
        ],
        [lists, [undefined, null, {}, 'a']],
        [objects, [undefined, null, 'octo', 7]],
      ];
      for (const [paths, values] of wrong)
        for (const path of paths)
          for (const value of values) {
            const faults = faultsOf(type, withValue(payload, path, value));
            assert.ok(faults.includes(path), `${path} = ${JSON.stringify(value)}: ${faults.join()}`);
            assert.equal(faults.length, 1);
          }
    });

    it(`of ${type} may hold whatever else, anywhere`, () => {
      for (const at of ['', ...objects]) {
        const path = at === '' ? 'more' : `${at}.more`;
        assert.deepEqual(faultsOf(type, withValue(payload, path, { deep: [1, null, 'x'] })), []);
      }
    });
  }

  it('names several faults at once', () => {
    const payload = withValue(
      withValue(issuePayload(repository), 'issue.author.username', undefined),
      'sender.id',
      7,
    );

    assert.deepEqual([...faultsOf('issues.opened', payload)].toSorted(), [
      'issue.author.username',
      'sender.id',
    ]);
  });

  it('must carry the action that its event names', () => {
    for (const event of eventDeclarations) {
      if (!('action' in event)) continue;
      const make = event.shape === 'issue' ? issuePayload : pullRequestPayload;
      const other = event.action === 'opened' ? 'closed' : 'opened';
      assert.deepEqual(faultsOf(event.type, make(repository, event.action)), [], event.type);
      for (const action of [other, event.action.toUpperCase(), '', null, undefined, event.type])
        assert.deepEqual(faultsOf(event.type, { ...make(repository), action }), ['action'], event.type);
    }
  });

  it('may have a body of text or null, and states of its kind only', () => {
    for (const [type, payload, name, states] of [
      ['issues.opened', issuePayload(repository), 'issue', ['open', 'closed']],
      ['pull_request.opened', pullRequestPayload(repository), 'pullRequest', ['open', 'closed', 'merged']],
    ] as const) {
      for (const body of ['', 'text', null])
        assert.deepEqual(faultsOf(type, withValue(payload, `${name}.body`, body)), []);
      for (const body of [undefined, 7])
        assert.deepEqual(faultsOf(type, withValue(payload, `${name}.body`, body)), [`${name}.body`]);
      for (const state of states)
        assert.deepEqual(faultsOf(type, withValue(payload, `${name}.state`, state)), []);
      assert.deepEqual(faultsOf(type, withValue(payload, `${name}.state`, 'OPEN')), [`${name}.state`]);
    }
    assert.deepEqual(
      faultsOf('issues.opened', withValue(issuePayload(repository), 'issue.state', 'merged')),
      ['issue.state'],
    );
  });

  it('may give times with Z, an offset or fractions', () => {
    for (const time of ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.123456Z', '2026-11-22T12:00:00+02:00'])
      assert.deepEqual(
        faultsOf('issues.opened', withValue(issuePayload(repository), 'issue.createdAt', time)),
        [],
      );
  });

  it('of a push may have no commits, and timestamps in seconds or milliseconds', () => {
    assert.deepEqual(faultsOf('push', withValue(pushPayload(repository), 'commits', [])), []);
    for (const timestamp of [0, 1_763_805_600, 99_999_999_999, 100_000_000_000, 1_763_805_600_000.5])
      assert.deepEqual(
        faultsOf('push', withValue(pushPayload(repository), 'commits.0.timestamp', timestamp)),
        [],
      );
  });

  it('is named as a whole when it is no object', () => {
    for (const payload of [null, [], 'text', 7, true])
      assert.deepEqual(faultsOf('push', payload), ['payload']);
  });

  it('is refused for its size before it is parsed, and for its depth before that too', () => {
    const statusOf = (payload: string): number => {
      try {
        checkPayload({ type: 'star.added', text: payload, ...repository });
        return 202;
      } catch (error) {
        return (error as Refusal).status;
      }
    };

    assert.equal(statusOf('é'.repeat(131_073)), 413);
    assert.equal(statusOf('['.repeat(200_000)), 400);
  });
});

describe('a payload in the shape of SocialGateway', () => {
  const named = (type: string, action?: string) => ({ type, payload: namedPayload(repository, action) });
  const check = (type: string, payload: unknown) =>
    checkPayload({ type, text: JSON.stringify(payload), ...repository });

  it('is told by its full name, and is the event that its action names', () => {
    const { payload } = named('issues', 'opened');

    const { event, shape } = check('issues', payload);

    assert.deepEqual([event.type, shape], ['issues.opened', 'socialgateway']);
    assert.equal(check('star.added', plainPayload(repository)).shape, 'sigmagit');
  });

  it('of a pull request that was closed is merged when it says so', () => {
    const { payload } = named('pull_request', 'closed');

    assert.equal(check('pull_request', payload).event.type, 'pull_request.closed');
    assert.equal(
      check('pull_request', { ...payload, pull_request: { merged: true } }).event.type,
      'pull_request.merged',
    );
  });

  it('must name its repository, its sender and, where there are actions, its action', () => {
    for (const [type, change, path] of [
      ['push', { repository: { full_name: 'octo/other' } }, 'repository.full_name'],
      ['push', { repository: { full_name: 7 } }, 'repository.full_name'],
      ['push', { sender: {} }, 'sender.login'],
      ['push', { sender: undefined }, 'sender'],
      ['issues', { action: undefined }, 'action'],
      ['watch', { action: 7 }, 'action'],
      ['issues.opened', { action: 'closed' }, 'action'],
      ['star', { action: 'created' }, 'action'],
    ] as const)
      assert.deepEqual(
        faultsOf(type, { ...named(type, 'opened').payload, ...change }),
        [path],
        `${type} ${path}`,
      );
  });

  it('is looked at no further', () => {
    assert.deepEqual(faultsOf('push', { ...named('push').payload, commits: 'many', ref: 7 }), []);
    assert.deepEqual(faultsOf('gollum', named('gollum').payload), []);
  });

  it('is the only one that family names take', () => {
    assert.deepEqual(faultsOf('issues', issuePayload(repository)), ['type']);
    assert.deepEqual(faultsOf('pull_request.synchronize', pullRequestPayload(repository)), ['type']);
    assert.deepEqual(faultsOf('gollum', plainPayload(repository)), []);
  });
});

describe('the depth of a JSON text', () => {
  it('counts brackets that are open, and none inside strings', () => {
    assert.equal(nestsDeeper('[[[]]]', 3), false);
    assert.equal(nestsDeeper('[[[]]]', 2), true);
    assert.equal(nestsDeeper('[[],[],[]]', 2), false);
    assert.equal(nestsDeeper(String.raw`["[[[[\"[[[[", "\\", "[["]`, 1), false);
    assert.equal(nestsDeeper('{"a":{"b":[1]}}', 2), true);
    assert.equal(nestsDeeper(']]]][', 0), false);
  });
});

describe('an event type', () => {
  it('is found to the letter, and misspelt is told what it resembles', () => {
    assert.equal(requireType('push'), 'push');
    assert.equal(requireType('fork'), 'fork');
    assert.throws(() => requireType('Push'), /did you mean push/);
    assert.throws(() => requireType('quite another thing'), { code: 'unknown_event', status: 422 });
  });
});

describe('storable text', () => {
  it('is Unicode without NUL', () => {
    for (const good of ['', 'a', '😀', '\u0001', '\ufffd']) assert.equal(isStorableText(good), true);
    for (const bad of ['\0', 'a\0b', '\ud800', '\udc00a']) assert.equal(isStorableText(bad), false);
  });
});
