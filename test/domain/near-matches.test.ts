import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { eventTypes } from '#domain/events.ts';
import { nearMatches } from '#domain/near-matches.ts';

describe('near matches', () => {
  const cases = [
    ['issue.opened', 'issues.opened'],
    ['issues.openned', 'issues.opened'],
    ['Issues.Opened', 'issues.opened'],
    ['pull_request.merge', 'pull_request.merged'],
    ['pull-request.opened', 'pull_request.opened'],
    ['pussh', 'push'],
    ['psuh', 'push'],
    ['star.add', 'star.added'],
    ['fork', 'fork.created'],
  ] as const;
  for (const [given, nearest] of cases) {
    it(`of ${given} begin with ${nearest}`, () => {
      assert.equal(nearMatches(given, eventTypes)[0], nearest);
    });
  }

  it('are none for a name that resembles nothing', () => {
    assert.deepEqual(nearMatches('thunderstorm', eventTypes), []);
  });

  it('are none for no name at all', () => {
    assert.deepEqual(nearMatches('', eventTypes), []);
  });

  it('are none for a name of more than 100 characters', () => {
    assert.deepEqual(nearMatches(`push${'x'.repeat(97)}`, eventTypes), []);
  });

  it('put the same name in other letters before its longer relatives', () => {
    assert.equal(nearMatches('Push', ['push.a', 'push.b', 'push.c', 'push'])[0], 'push');
  });

  it('are at most three, each one of the known names', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom(...eventTypes)), (given) => {
        const near = nearMatches(given, eventTypes);
        return near.length <= 3 && near.every((name) => eventTypes.includes(name));
      }),
    );
  });

  it('find a name with any one of its letters lost', () => {
    for (const name of eventTypes) {
      for (let index = 0; index < name.length; index += 1) {
        const misspelt = name.slice(0, index) + name.slice(index + 1);
        assert.ok(nearMatches(misspelt, eventTypes).includes(name), misspelt);
      }
    }
  });
});
