import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { eventDeclarations, eventTypes, findEvent, type EventDeclaration } from '#domain/events.ts';
import { operationalTypes } from '#domain/operational-events.ts';
import { findService } from '#domain/services/registry.ts';
import type { ServiceDeclaration } from '#domain/services/service.ts';
import {
  namesReachedBy,
  normaliseSubscription,
  servicesFor,
  subscriptionNames,
  unsupportedBy,
} from '#domain/subscriptions.ts';

const reaches = (event: EventDeclaration, subscription: readonly string[]): boolean =>
  namesReachedBy(event).some((name) => subscription.includes(name));

const eventsFor = (...subscription: string[]): readonly string[] =>
  eventDeclarations.filter((event) => reaches(event, subscription)).map((event) => event.type);

describe('a subscription', () => {
  const cases = [
    [['*'], eventTypes],
    [['push'], ['push']],
    [['issues.opened'], ['issues.opened']],
    [['issues'], ['issues.opened', 'issues.closed', 'issues.reopened', 'issues']],
    [
      ['pull_request'],
      [
        'pull_request.opened',
        'pull_request.closed',
        'pull_request.merged',
        'pull_request.reopened',
        'pull_request.synchronize',
        'pull_request',
      ],
    ],
    [['watch'], ['star.added', 'watch']],
    [['gollum'], ['gollum']],
    [['fork'], ['fork.created']],
    [['issues.edited'], ['issues.edited']],
    [
      ['commit', 'star.removed'],
      ['commit', 'star.removed'],
    ],
    [
      ['issues', 'issues.opened'],
      ['issues.opened', 'issues.closed', 'issues.reopened', 'issues'],
    ],
  ] as const;
  for (const [subscription, types] of cases) {
    it(`to ${subscription.join(' and ')} gets ${types.length} events`, () => {
      assert.deepEqual(eventsFor(...subscription), types);
    });
  }

  it('to * gets an event type that is declared only later', () => {
    const later: EventDeclaration = {
      type: 'wiki.written',
      name: 'wiki',
      description: 'A page was written.',
      shape: 'plain',
    };

    assert.equal(reaches(later, ['*']), true);
    assert.equal(reaches(later, eventTypes), false);
  });

  it('to a family gets a later event of that family', () => {
    const later: EventDeclaration = {
      type: 'issues.pinned',
      name: 'issues',
      description: 'An issue was pinned.',
      family: 'issues',
      shape: 'issue',
    };

    assert.equal(reaches(later, ['issues']), true);
    assert.equal(reaches(later, ['pull_request']), false);
  });

  it('may name *, the families, every event type and the operational events, each once', () => {
    assert.deepEqual([...subscriptionNames].sort(), ['*', 'fork', ...eventTypes, ...operationalTypes].sort());
  });

  it('never asks for an event under one name twice', () => {
    for (const event of eventDeclarations) {
      const names = namesReachedBy(event);
      assert.equal(new Set(names).size, names.length);
      assert.ok(names.every((name) => subscriptionNames.includes(name)));
    }
  });
});

describe('a service', () => {
  const service = (name: string) => findService(name) as ServiceDeclaration;
  const event = (type: string) => findEvent(type) as EventDeclaration;

  it('is reached by the events that it can carry, under whatever name', () => {
    assert.deepEqual(servicesFor(event('issues.edited')), ['discord', 'irc', 'slack', 'web']);
    assert.deepEqual(servicesFor(event('push')), ['discord', 'email', 'irc', 'slack', 'web']);
    assert.deepEqual(servicesFor(event('star.removed')), ['discord', 'slack', 'web']);
  });

  it('lets its hooks name * and what it can carry', () => {
    assert.deepEqual(unsupportedBy(service('irc'), ['*', 'issues', 'issues.edited', 'push']), []);
    assert.deepEqual(unsupportedBy(service('irc'), ['gollum', 'push', 'star.added']), [
      'gollum',
      'star.added',
    ]);
    assert.deepEqual(unsupportedBy(service('email'), ['push', 'public', 'issues']), ['issues']);
    assert.deepEqual(unsupportedBy(service('web'), subscriptionNames), []);
    assert.deepEqual(unsupportedBy(service('slack'), ['*', 'hook.disabled']), ['hook.disabled']);
  });
});

describe('a subscription as it is kept', () => {
  const lists = fc.array(fc.constantFrom(...subscriptionNames), { maxLength: 64 });

  it('is * alone when * is in it, but for operational events', () => {
    assert.deepEqual(normaliseSubscription(['push', '*', 'issues']), ['*']);
    assert.deepEqual(normaliseSubscription(['hook.disabled', 'push', '*', 'hook.disabled']), [
      'hook.disabled',
      '*',
    ]);
  });

  it('keeps the order of its names and drops doubles', () => {
    assert.deepEqual(normaliseSubscription(['push', 'issues', 'push']), ['push', 'issues']);
  });

  it('is the same after a second time', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const once = normaliseSubscription(list);
        assert.deepEqual(normaliseSubscription(once), once);
        assert.equal(new Set(once).size, once.length);
      }),
    );
  });

  it('gets the events that it got before', () => {
    fc.assert(
      fc.property(lists, (list) => {
        assert.deepEqual(eventsFor(...normaliseSubscription(list)), eventsFor(...list));
      }),
    );
  });
});
