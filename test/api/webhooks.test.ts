/** Hooks through the door in Sigmagit's shape: creating, listing, reading. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { query } from '#db/query.ts';
import { makeHook, makeRepository, makeToken, type OwnedRepository } from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

const url = 'https://example.com/hook';

describe('webhooks', () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
  });

  const create = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    holdfast.call('POST', `${repository.path}/webhooks`, { token: repository.token, body, headers });

  /** Creates and expects 422; answers the paths of the fields at fault. */
  const refusedFields = async (body: unknown): Promise<string[]> => {
    const answer = await create(body);
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.body.code, 'invalid_field');
    const fields = answer.body.fields as { path: string; message: string }[];
    assert.equal(answer.body.error, `${fields[0]?.path}: ${fields[0]?.message}`);
    return fields.map(({ path }) => path);
  };

  describe('create', () => {
    it('answers 201 with Location, the defaults and the secret in both its forms', async () => {
      const answer = await create({ url });

      assert.equal(answer.status, 201, answer.text);
      const { id, secret, standardSecret, createdAt, updatedAt, repositoryId, ...rest } = answer.body.data;
      assert.equal(answer.headers.get('location'), `/api/webhooks/${id}`);
      assert.match(secret, /^[0-9a-f]{64}$/);
      assert.equal(standardSecret, `whsec_${Buffer.from(secret).toString('base64')}`);
      assert.equal(updatedAt, createdAt);
      assert.match(repositoryId, /^[0-9a-f-]{36}$/);
      assert.deepEqual(rest, {
        service: 'web',
        url,
        settings: { content_type: 'json', insecure_ssl: false },
        filter: null,
        template: null,
        events: ['issues.opened', 'pull_request.opened', 'push'],
        active: true,
        format: 'sigmagit',
        schedule: [60, 300, 1800, 7200, 21_600],
        timeoutSeconds: 30,
        headers: {},
        storeResponseBody: true,
        disableAfterConsecutiveFailures: null,
        probeWhenDisabled: false,
        pausedAt: null,
        pausedUntil: null,
        drain: null,
        orderKey: null,
        rateLimitPerSecond: null,
        maxInFlight: null,
        lastDeliveryAt: null,
        lastDeliveryStatus: null,
        failureCount: 0,
        disabledAt: null,
        disabledReason: null,
      });
    });

    it('takes every setting that a change takes', async () => {
      const settings = {
        events: ['star.added', 'push', 'push'],
        active: false,
        format: 'standard',
        schedule: [1, 2, 3],
        timeoutSeconds: 5,
        headers: { 'X-Team': 'canary-blue' },
        storeResponseBody: false,
        disableAfterConsecutiveFailures: 7,
        orderKey: 'issue.number',
        rateLimitPerSecond: 0.5,
        maxInFlight: 3,
      };

      const answer = await create({ url, ...settings });

      assert.equal(answer.status, 201, answer.text);
      const shown = Object.fromEntries(Object.keys(settings).map((name) => [name, answer.body.data[name]]));
      assert.deepEqual(shown, {
        ...settings,
        events: ['star.added', 'push'],
        headers: { 'X-Team': '********' },
      });
      assert.ok(!answer.text.includes('canary-blue'));
    });

    it("shows the platform's own id of the repository when it gave one", async () => {
      await holdfast.call('PUT', repository.path, { body: { id: '4711' } });

      assert.equal((await create({ url })).body.data.repositoryId, '4711');
    });

    it('keeps secret and headers encrypted', async () => {
      const { body } = await create({ url, headers: { Authorization: 'canary-header' } });

      const [row] = await query<{ row: string }>(holdfast.database.pool, {
        text: `select hook::text || encode(secret, 'escape') || encode(headers, 'escape') as row from hook where id = $1`,
        values: [body.data.id],
      });

      assert.ok(
        row !== undefined && !row.row.includes(body.data.secret) && !row.row.includes('canary-header'),
      );
    });

    it('lets `*` replace every other event', async () => {
      assert.deepEqual((await create({ url, events: ['push', '*'] })).body.data.events, ['*']);
    });

    it('answers 404 for a repository that is absent, nameless or not the caller’s', async () => {
      const stranger = await makeToken(holdfast, 'stranger');
      for (const [path, token] of [
        [`/api/repositories/${repository.owner}/absent`, repository.token],
        [`/api/repositories/${repository.owner}/%00`, repository.token],
        [`/api/repositories/${repository.owner}/%ff`, repository.token],
        [`/api/repositories/${repository.owner.toUpperCase()}/${repository.name}`, repository.token],
        [repository.path, stranger],
        [repository.path, holdfast.platformToken],
      ] as const) {
        for (const method of ['GET', 'POST']) {
          const answer = await holdfast.call(method, `${path}/webhooks`, {
            token: token === holdfast.platformToken ? await makeToken(holdfast, 'platform') : token,
            // What is wrong with the body is nobody's business who may not see the repository.
            ...(method === 'POST' ? { body: { url: 7 } } : {}),
          });
          assert.equal(answer.status, 404, path);
          assert.deepEqual(answer.body, {
            error: 'Repository not found or unauthorized',
            code: 'not_found',
          });
        }
      }
    });

    it('answers 400 to what is no JSON, 413 to what is too much and 415 to what is compressed', async () => {
      for (const body of [
        '',
        '{',
        '\u0000',
        '\ufeff{}',
        Buffer.from([0x22, 0xff, 0x22]),
        '['.repeat(60_000),
      ]) {
        const answer = await create(body);
        assert.equal(answer.status, 400, answer.text);
        assert.equal(answer.body.code, 'invalid_json');
      }
      const large = await create({ url, headers: { X: 'a'.repeat(70_000) } });
      assert.deepEqual([large.status, large.body.code], [413, 'payload_too_large']);
      const compressed = await create({ url }, { 'Content-Encoding': 'gzip' });
      assert.deepEqual([compressed.status, compressed.body.code], [415, 'unsupported_media_type']);
    });

    it('answers 422 with the field for a URL that breaks a rule', async () => {
      for (const wrong of [
        undefined,
        null,
        7,
        '',
        'example.com',
        'ftp://example.com/',
        'file:///etc/passwd',
        'javascript:alert(1)',
        'http://',
        'https://user:pass@example.com/',
        'https://exa mple.com/',
        'https://example.com/\n',
        'https://example.com/\u0000',
        'https://example.com/\ud800',
        'https://example.com:22/',
        'https://example.com:0/',
        'https://example.com:99999/',
        `https://example.com/${'a'.repeat(2048)}`,
        ['https://example.com/'],
      ]) {
        assert.deepEqual(await refusedFields({ url: wrong }), ['url'], JSON.stringify(wrong));
      }
    });

    it('answers 422 with the field for every setting out of bounds', async () => {
      const wrong: readonly (readonly [object, string])[] = [
        [{ events: [] }, 'events'],
        [{ events: 'push' }, 'events'],
        [{ events: ['push', 'nonsense'] }, 'events.1'],
        [{ events: [null] }, 'events.0'],
        [{ events: Array.from({ length: 65 }, () => 'push') }, 'events'],
        [{ active: 'yes' }, 'active'],
        [{ format: 'xml' }, 'format'],
        [{ schedule: [0] }, 'schedule.0'],
        [{ schedule: [60, 2_592_001] }, 'schedule.1'],
        [{ schedule: [1.5] }, 'schedule.0'],
        [{ schedule: [-1] }, 'schedule.0'],
        [{ schedule: ['60'] }, 'schedule.0'],
        [{ schedule: Array.from({ length: 31 }, () => 1) }, 'schedule'],
        [{ schedule: [2_592_000, 2_592_000, 2_592_000, 1] }, 'schedule'],
        [{ timeoutSeconds: 0 }, 'timeoutSeconds'],
        [{ timeoutSeconds: 31 }, 'timeoutSeconds'],
        [{ timeoutSeconds: 2.5 }, 'timeoutSeconds'],
        [{ headers: [] }, 'headers'],
        [{ headers: { 'X-Number': 7 } }, 'headers.X-Number'],
        [{ headers: { Host: 'a' } }, 'headers.Host'],
        [{ headers: { 'content-LENGTH': '1' } }, 'headers.content-LENGTH'],
        [{ headers: { 'Webhook-Signature': 'v1,a' } }, 'headers.Webhook-Signature'],
        [{ headers: { 'x-sigmagit-event': 'push' } }, 'headers.x-sigmagit-event'],
        [{ headers: { 'X-A': 'a\r\nX-B: b' } }, 'headers.X-A'],
        [{ headers: { 'X-A': 'a\u0000' } }, 'headers.X-A'],
        [{ headers: { 'X A': 'a' } }, 'headers.X?A'],
        [{ headers: { 'X-A': '1', 'x-a': '2' } }, 'headers.x-a'],
        [{ headers: { 'X-A': 'a'.repeat(8193) } }, 'headers'],
        [{ headers: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`X-${at}`, 'a'])) }, 'headers'],
        [{ storeResponseBody: 1 }, 'storeResponseBody'],
        [{ disableAfterConsecutiveFailures: 0 }, 'disableAfterConsecutiveFailures'],
        [{ disableAfterConsecutiveFailures: 10_001 }, 'disableAfterConsecutiveFailures'],
        [{ rateLimitPerSecond: 0 }, 'rateLimitPerSecond'],
        [{ rateLimitPerSecond: 1000.5 }, 'rateLimitPerSecond'],
        [{ rateLimitPerSecond: '5' }, 'rateLimitPerSecond'],
        [{ maxInFlight: 0 }, 'maxInFlight'],
        [{ maxInFlight: 2.5 }, 'maxInFlight'],
        [{ maxInFlight: 1001 }, 'maxInFlight'],
        [{ secret: 'mine' }, 'secret'],
        [{ failureCount: 0 }, 'failureCount'],
        [{ constructor: 1 }, 'constructor'],
      ];
      for (const [settings, path] of wrong)
        assert.deepEqual(
          await refusedFields({ url, ...settings }),
          [path],
          JSON.stringify(settings).slice(0, 80),
        );
    });

    it('takes every setting at its bounds', async () => {
      for (const settings of [
        { schedule: [] },
        { schedule: null },
        { schedule: [2_592_000, 2_592_000, 2_592_000] },
        { schedule: Array.from({ length: 30 }, () => 1) },
        { timeoutSeconds: 1 },
        { timeoutSeconds: 30 },
        { disableAfterConsecutiveFailures: null },
        { headers: null },
        { headers: { 'X-A': 'é' } },
      ]) {
        const answer = await create({ url, ...settings });
        assert.equal(answer.status, 201, answer.text);
      }
    });

    it('answers every field at fault at once, and unknown ones by name', async () => {
      assert.deepEqual(await refusedFields({ url, timeoutSeconds: 0, active: 1, colour: 'blue' }), [
        'active',
        'timeoutSeconds',
        'colour',
      ]);
      for (const body of ['null', [], '"text"', 7]) assert.deepEqual(await refusedFields(body), ['body']);
    });

    it('names the events that an unknown one resembles', async () => {
      for (const [given, near] of [
        ['issues.open', 'issues.opened'],
        ['pull_request.merge', 'pull_request.merged'],
        ['PUSH', 'push'],
        ['star.add', 'star.added'],
      ]) {
        const { body } = await create({ url, events: [given] });
        assert.match(body.error, new RegExp(`There is no event "${given}"; did you mean .*${near}`));
      }
    });

    it('is inert against keys that would change a prototype', async () => {
      const answer = await create(
        `{"url":${JSON.stringify(url)},"headers":{"__proto__":"a","constructor":"b"},"__proto__":{"active":false}}`,
      );

      assert.ok([201, 422].includes(answer.status), answer.text);
      assert.equal(({} as { active?: unknown }).active, undefined);
      if (answer.status === 201) assert.equal(answer.body.data.active, true);
    });

    it('stops at 250 hooks a repository', async function () {
      this.timeout(60_000);
      await query(holdfast.database.pool, {
        text: `insert into hook (repository_id, url, events)
          select id, $3, '{push}' from repository, generate_series(1, 249) where owner = $1 and name = $2`,
        values: [repository.owner, repository.name, url],
      });

      const statuses = await Promise.all(
        Array.from({ length: 5 }, async () => (await create({ url })).status),
      );

      assert.deepEqual(
        statuses.toSorted((a, b) => a - b),
        [201, 409, 409, 409, 409],
      );
    });
  });

  describe('list and read', () => {
    it('answer hooks in the order in which they were made, without secrets', async () => {
      const first = await makeHook(holdfast, repository, { url, headers: { 'X-A': 'canary-value' } });
      const second = await makeHook(holdfast, repository, { url: 'https://example.com/second' });
      await makeHook(holdfast, await makeRepository(holdfast), { url });
      const { token } = repository;

      const list = await holdfast.call('GET', `${repository.path}/webhooks`, { token });
      const one = await holdfast.call('GET', `/api/webhooks/${first.id}`, { token });

      assert.deepEqual(
        list.body.data.map(({ id }: { id: string }) => id),
        [first.id, second.id],
      );
      assert.deepEqual(one.body.data, list.body.data[0]);
      for (const { text } of [list, one]) assert.ok(!/secret|canary-value/i.test(text));
    });

    it('answer 404 for ids that are absent or malformed', async () => {
      const { token } = repository;
      for (const id of [
        randomUUID(),
        'nonsense',
        '1',
        randomUUID().toUpperCase(),
        "1'%20or%201=1--",
        '%00',
        '..%2f..%2fetc',
        '%ff',
        `${randomUUID()}%0a`,
        'a'.repeat(3000),
      ]) {
        for (const [method, rest] of [
          ['GET', ''],
          ['PATCH', ''],
          ['DELETE', ''],
          ['GET', '/deliveries'],
          ['GET', '/stats'],
          ['POST', '/rotate-secret'],
        ] as const) {
          const answer = await holdfast.call(method, `/api/webhooks/${id}${rest}`, { token });
          assert.equal(answer.status, 404, `${method} ${id.slice(0, 50)} ${answer.text}`);
          assert.deepEqual(answer.body, { error: 'Webhook not found', code: 'not_found' });
        }
      }
    });
  });
});
