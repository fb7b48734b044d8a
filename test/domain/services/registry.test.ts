import assert from 'node:assert/strict';
import { catalogueEntry, findService, services, supportedEvents } from '#domain/services/registry.ts';

const everyEvent = [
  'commit_comment',
  'create',
  'delete',
  'deployment',
  'deployment_status',
  'fork',
  'gollum',
  'issue_comment',
  'issues',
  'member',
  'page_build',
  'public',
  'pull_request_review_comment',
  'pull_request',
  'push',
  'release',
  'status',
  'team_add',
  'watch',
];

describe('the catalogue of services', () => {
  it('lists them by name, each once', () => {
    const names = services.map(({ name }) => name);

    assert.deepEqual(names, [...new Set(names)].toSorted());
  });

  it('tells of each that clients were promised what they were promised', () => {
    const promised = [
      {
        name: 'discord',
        events: ['push', 'issues', 'pull_request'],
        supported_events: everyEvent,
        title: 'Discord',
        schema: [
          ['password', 'url'],
          ['password', 'bot_token'],
          ['string', 'channel_id'],
          ['string', 'username'],
        ],
      },
      {
        name: 'email',
        events: ['push'],
        supported_events: ['push', 'public'],
        title: 'E-mail',
        schema: [
          ['string', 'address'],
          ['password', 'secret'],
          ['boolean', 'send_from_author'],
        ],
      },
      {
        name: 'irc',
        events: ['push', 'pull_request'],
        supported_events: [
          'push',
          'issues',
          'pull_request',
          'commit_comment',
          'pull_request_review_comment',
          'issue_comment',
        ],
        title: 'IRC',
        schema: [
          ['string', 'server'],
          ['string', 'port'],
          ['string', 'room'],
          ['string', 'nick'],
          ['password', 'password'],
          ['password', 'nickserv_password'],
          ['boolean', 'ssl'],
          ['boolean', 'message_without_join'],
          ['boolean', 'no_colors'],
          ['boolean', 'long_url'],
          ['boolean', 'notice'],
          ['string', 'branches'],
        ],
      },
      {
        name: 'slack',
        events: ['push', 'issues', 'pull_request'],
        supported_events: everyEvent,
        title: 'Slack',
        schema: [
          ['password', 'url'],
          ['string', 'channel'],
          ['string', 'username'],
        ],
      },
      {
        name: 'web',
        events: ['push'],
        supported_events: everyEvent,
        title: 'Web',
        schema: [
          ['string', 'url'],
          ['string', 'content_type'],
          ['password', 'secret'],
          ['boolean', 'insecure_ssl'],
        ],
      },
    ];

    const entries = services.map(catalogueEntry);

    const names = promised.map(({ name }) => name);
    assert.deepEqual(
      entries.filter(({ name }) => names.includes(name)),
      promised,
    );
  });

  it('finds a service by its exact name alone', () => {
    assert.equal(findService('irc')?.title, 'IRC');
    for (const name of ['IRC', 'irc ', '', 'constructor', '__proto__']) {
      assert.equal(findService(name), undefined, name);
    }
  });

  it('has no service whose default events it does not support', () => {
    for (const service of services) {
      for (const event of service.defaultEvents) {
        assert.ok(supportedEvents(service).includes(event), `${service.name}: ${event}`);
      }
    }
  });
});
