import assert from 'node:assert/strict';
import { defaultSubscription, eventDeclarations, eventTypes, findEvent } from '#domain/events.ts';
import { namedEvent } from '#domain/named-events.ts';

describe('the catalogue of events', () => {
  it('holds the fifteen of Sigmagit and those that only SocialGateway has', () => {
    assert.deepEqual(eventTypes, [
      'issues.opened',
      'issues.closed',
      'issues.reopened',
      'issues.edited',
      'issues.deleted',
      'pull_request.opened',
      'pull_request.closed',
      'pull_request.merged',
      'pull_request.reopened',
      'pull_request.edited',
      'pull_request.synchronize',
      'push',
      'commit',
      'star.added',
      'star.removed',
      'fork.created',
      'commit_comment',
      'create',
      'delete',
      'deployment',
      'deployment_status',
      'gollum',
      'issue_comment',
      'issues',
      'member',
      'page_build',
      'public',
      'pull_request_review_comment',
      'pull_request',
      'release',
      'status',
      'team_add',
      'watch',
    ]);
  });

  const reported = [
    ['issues', 'opened', false, 'issues.opened'],
    ['issues', 'edited', false, 'issues.edited'],
    ['issues', 'labeled', false, 'issues'],
    ['issues.opened', 'opened', false, 'issues.opened'],
    ['issues.opened', 'closed', false, undefined],
    ['pull_request', 'closed', true, 'pull_request.merged'],
    ['pull_request', 'closed', false, 'pull_request.closed'],
    ['pull_request', 'synchronize', false, 'pull_request.synchronize'],
    ['pull_request.merged', 'closed', false, undefined],
    ['pull_request.merged', 'closed', true, 'pull_request.merged'],
    ['watch', 'started', false, 'star.added'],
    ['star', 'deleted', false, 'star.removed'],
    ['star', 'created', false, undefined],
    ['fork', undefined, false, 'fork.created'],
    ['push', undefined, false, 'push'],
    ['gollum', undefined, false, 'gollum'],
    ['release', 'published', false, 'release'],
  ] as const;
  for (const [type, action, merged, expected] of reported) {
    it(`takes ${type} with ${merged ? 'a merge and ' : ''}action ${action} for ${expected}`, () => {
      assert.equal(namedEvent(type, { action, merged })?.type, expected);
    });
  }

  it('says each event in one sentence of its own', () => {
    for (const { description } of eventDeclarations) assert.match(description, /^[A-Z][^.]{10,90}\.$/);
    assert.equal(new Set(eventDeclarations.map(({ description }) => description)).size, eventTypes.length);
  });

  it('takes the action that a payload carries from the end of the name', () => {
    for (const type of eventTypes) {
      const { action, shape } = findEvent(type) ?? {};
      const carries = shape === 'issue' || shape === 'pull_request';
      assert.equal(action, carries ? type.split('.')[1] : undefined, type);
    }
  });

  it('gives every issue and pull request event its shape', () => {
    for (const { type, shape } of eventDeclarations) {
      if (type.startsWith('issues.')) assert.equal(shape, 'issue');
      if (type === 'pull_request.synchronize') assert.equal(shape, 'none');
      else if (type.startsWith('pull_request.')) assert.equal(shape, 'pull_request');
    }
    assert.equal(findEvent('push')?.shape, 'push');
    assert.equal(findEvent('star.added')?.shape, 'plain');
  });

  for (const stranger of [
    '*',
    'ping',
    'star',
    'ISSUES.OPENED',
    'issues.opened ',
    '',
    'constructor',
    '__proto__',
  ]) {
    it(`knows no event ${JSON.stringify(stranger)}`, () => {
      assert.equal(findEvent(stranger), undefined);
    });
  }

  it('subscribes a hook that names nothing to what Sigmagit says', () => {
    assert.deepEqual(defaultSubscription, ['issues.opened', 'pull_request.opened', 'push']);
  });
});
