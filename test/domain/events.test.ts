import assert from 'node:assert/strict';
import { defaultSubscription, eventDeclarations, eventTypes, findEvent } from '#domain/events.ts';

describe('the catalogue of events', () => {
  it('holds the fifteen of contract A, in its order', () => {
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
      'push',
      'commit',
      'star.added',
      'star.removed',
      'fork.created',
    ]);
  });

  it('says each event in one sentence of its own', () => {
    for (const { description } of eventDeclarations) assert.match(description, /^[A-Z][^.]{10,70}\.$/);
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
      if (type.startsWith('pull_request.')) assert.equal(shape, 'pull_request');
    }
    assert.equal(findEvent('push')?.shape, 'push');
    assert.equal(findEvent('star.added')?.shape, 'plain');
  });

  for (const stranger of ['*', 'issues', 'ISSUES.OPENED', 'issues.opened ', '', 'constructor', '__proto__']) {
    it(`knows no event ${JSON.stringify(stranger)}`, () => {
      assert.equal(findEvent(stranger), undefined);
    });
  }

  it('subscribes a hook that names nothing to what contract A says', () => {
    assert.deepEqual(defaultSubscription, ['issues.opened', 'pull_request.opened', 'push']);
  });
});
