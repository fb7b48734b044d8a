/** Who may ask for notices, and where: operational events in hooks' lists, and a repository's address for mail. */
import assert from 'node:assert/strict';
import { findDelivery } from '#db/queries/deliveries.ts';
import { query } from '#db/query.ts';
import { tellWaitingNotices } from '#intake/tell-notices.ts';
import { failedAttempt, gone, record } from '../db/records.ts';
import { makeHook, makeRepository, plainPayload, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

const address = 'ops@example.com';
const url = 'https://example.com/hook';

describe('notices', () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked({
      engine: false,
      env: {
        HOLDFAST_SMTP_URL: 'smtp://127.0.0.1:9',
        HOLDFAST_MAIL_FROM: 'noreply@holdfast.example',
      },
    });
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
  });

  const call = (method: string, path: string, body?: unknown) =>
    holdfast.call(method, path, { token: repository.token, ...(body === undefined ? {} : { body }) });
  const put = (noticeEmail: unknown) => holdfast.call('PUT', repository.path, { body: { noticeEmail } });
  const gitHubHooks = () => `/repos/${repository.owner}/${repository.name}/hooks`;
  /** The hook that the address owns. */
  const ownHook = async (): Promise<{ id: string; number: string } | undefined> => {
    const rows = await query<{ id: string; number: string }>(holdfast.database.pool, {
      text: `
        select hook.id, hook.number from hook join repository on repository.id = repository_id
        where owner = $1 and internal and deleted_at is null`,
      values: [repository.owner],
    });
    return rows[0];
  };

  describe('to a hook', () => {
    it('are told to one that names them, beside `*` as well', async () => {
      const hook = await makeHook(holdfast, repository, { url, events: ['push', '*', 'hook.disabled'] });

      const { body } = await call('GET', `/api/webhooks/${hook.id}`);

      assert.deepEqual(body.data.events, ['*', 'hook.disabled']);
    });

    it('are shown in its preview, in its format', async () => {
      const hook = await makeHook(holdfast, repository, { url, events: ['*'], format: 'socialgateway' });

      const { body } = await call('POST', `/api/webhooks/${hook.id}/preview`, { type: 'hook.disabled' });

      const {
        type,
        repository: shown,
        webhook,
        delivery,
        disabled_reason: reason,
      } = JSON.parse(body.data.body);
      assert.equal(body.data.headers['X-Github-Event'], 'hook.disabled');
      assert.deepEqual(
        [type, shown.full_name, shown.owner.login, webhook.host, delivery.last_status, reason],
        ['hook.disabled', 'octo/hello', 'octo', 'example.com', 503, 'delivery_exhausted'],
      );
    });

    it('try its template before it is kept', async () => {
      const template = '{ "said": $event = "push" ? 1 : $error(webhook.host) }';

      const answer = await call('POST', `${repository.path}/webhooks`, {
        url,
        events: ['push', 'hook.failing'],
        template,
      });

      assert.equal(answer.status, 422);
      assert.match(answer.body.error, /^template: It fails on an example of hook\.failing: .*example\.com/);
    });

    it('are refused to services other than web', async () => {
      const answer = await call('POST', gitHubHooks(), {
        name: 'email',
        config: { address },
        events: ['hook.disabled'],
      });

      assert.equal(answer.status, 422);
      assert.match(answer.text, /The service email does not support .*hook\.disabled/);
    });
  });

  it('cannot be reported by a producer', async () => {
    for (const type of ['hook.disabled', 'delivery.exhausted']) {
      const answer = await call('POST', `${repository.path}/events/${type}`, plainPayload(repository));

      assert.deepEqual([answer.status, answer.body.code], [422, 'unknown_event']);
      assert.match(answer.body.error, new RegExp(`There is no event "${type}"`));
    }
  });

  describe('to an address', () => {
    it('are asked for, moved and given up with its repository', async () => {
      const answers = [await put(address), await put('other@example.com'), await put(null)];
      const untouched = await holdfast.call('PUT', repository.path, { body: {} });
      const read = await holdfast.call('GET', repository.path);

      assert.deepEqual(
        [...answers, untouched, read].map(({ status, body }) => [status, body.data.noticeEmail]),
        [address, 'other@example.com', null, null, null].map((shown) => [200, shown]),
      );
      assert.equal(await ownHook(), undefined);
    });

    it('are asked for by the first PUT', async () => {
      const path = `${repository.path}-too`;

      const made = await holdfast.call('PUT', path, { body: { noticeEmail: address } });

      assert.deepEqual([made.status, made.body.data.noticeEmail], [201, address]);
    });

    it('are refused where mail cannot be sent to it', async () => {
      for (const wrong of [
        '',
        'ops',
        'ops@',
        'a@b c@d',
        `${'a'.repeat(250)}@example.com`,
        'a@b\r\nX: y',
        7,
      ]) {
        const answer = await put(wrong);
        assert.deepEqual([answer.status, answer.body.fields[0].path], [422, 'noticeEmail'], String(wrong));
      }
    });

    it('cancel what is on its way when the address goes', async () => {
      await put(address);
      const hook = await makeHook(holdfast, repository, { url, events: ['star.added'] });
      const event = await sendEvent(holdfast, repository);
      const deliveryId = event.deliveries[0]?.id as string;
      await record(
        holdfast.database.pool,
        failedAttempt({ deliveryId, hookId: hook.id, eventId: event.id }, gone),
      );
      await tellWaitingNotices(holdfast.database.pool);
      const mailId = (await holdfast.call('GET', '/api/deliveries?event=hook.disabled&limit=1')).body.data[0]
        .id;
      const mine = await call('GET', `/api/deliveries?event=hook.disabled`);

      const hidden = await call('GET', `/api/deliveries/${mailId}`);
      await put(null);

      assert.deepEqual([mine.body.data, hidden.status], [[], 404]);
      assert.equal((await findDelivery(holdfast.database.pool, mailId))?.state, 'cancelled');
    });

    it('go by a hook that nobody sees, changes or deletes, beside one of the same service', async () => {
      await put(address);
      const own = await ownHook();
      const installed = await call('POST', gitHubHooks(), {
        name: 'email',
        config: { address: 'a@b.example' },
      });

      const lists = [await call('GET', gitHubHooks()), await call('GET', `${repository.path}/webhooks`)];
      const answers = [
        await call('GET', `/api/webhooks/${own?.id}`),
        await call('PATCH', `/api/webhooks/${own?.id}`, { active: false }),
        await call('DELETE', `/api/webhooks/${own?.id}`),
        await call('GET', `${gitHubHooks()}/${own?.number}`),
        await call('DELETE', `${gitHubHooks()}/${own?.number}`),
      ];

      assert.notEqual(own, undefined);
      assert.equal(installed.status, 201);
      assert.deepEqual([lists[0]?.body.length, lists[1]?.body.data.length], [1, 1]);
      assert.deepEqual(
        answers.map(({ status }) => status),
        answers.map(() => 404),
      );
      assert.deepEqual(await ownHook(), own);
    });
  });
});

describe('notices of a Holdfast without a mail server', () => {
  let holdfast: CheckedHoldfast;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(() => holdfast.stop());

  it('are mailed to nobody, and an address for them is refused', async () => {
    const { path } = await makeRepository(holdfast);

    const answer = await holdfast.call('PUT', path, { body: { noticeEmail: address, admins: ['ida'] } });
    const removed = await holdfast.call('PUT', path, { body: { noticeEmail: null } });

    assert.deepEqual([answer.status, answer.body.fields[0].path], [422, 'noticeEmail']);
    assert.match(answer.body.error, /sends no mail/);
    assert.deepEqual([removed.status, removed.body.data.admins], [200, []]);
  });
});
