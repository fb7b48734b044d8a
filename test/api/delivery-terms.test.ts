/** What producers say of times and order, as headers and in batches, and where a hook finds the key of its order. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rowOf } from '../db/records.ts';
import {
  issuePayload,
  makeHook,
  makeRepository,
  plainPayload,
  type OwnedRepository,
} from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

describe('the terms of an event', () => {
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

  const hook = (settings: object = {}) =>
    makeHook(holdfast, repository, { url: 'https://example.com/hook', events: ['*'], ...settings });
  const send = (
    headers: Readonly<Record<string, string>>,
    body: unknown = plainPayload(repository),
    type = 'star.added',
  ) => holdfast.call('POST', `${repository.path}/events/${type}`, { token: repository.token, body, headers });
  const deliveryOf = ({
    body,
  }: {
    readonly body: { readonly data: { readonly deliveries: readonly { id: string }[] } };
  }) => rowOf(holdfast.database.pool, 'delivery', body.data.deliveries[0]?.id as string);
  const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

  it('are refused with the header and its value when they are not right', async () => {
    const wrong = {
      'X-Holdfast-Deliver-At': 'soon',
      'X-Holdfast-Expires-At': '2001-01-01T00:00:00Z',
      'X-Holdfast-Order-Key': 'k'.repeat(201),
    };

    for (const [name, value] of Object.entries(wrong)) {
      const { status, body } = await send({ [name]: value });

      assert.equal(status, 422);
      assert.equal(body.fields[0].path, name);
      assert.ok(body.error.startsWith(`${name}: `) && body.error.includes(value.slice(0, 100)), body.error);
    }
  });

  it('are refused of one item of a batch by its field, and kept of the others', async () => {
    await hook();
    const item = {
      repository: `${repository.owner}/${repository.name}`,
      type: 'star.added',
      payload: plainPayload(repository),
    };
    const [deliverAt, expiresAt] = [inMs(60_000), inMs(120_000)];

    const { body } = await holdfast.call('POST', '/api/events', {
      token: repository.token,
      body: [
        { ...item, deliverAt, expiresAt, orderKey: 'a' },
        { ...item, deliverAt: '2999-01-01T00:00:00Z' },
        { ...item, orderKey: '' },
        item,
      ],
    });

    const [first, tooFar, noKey, plain] = body.data;
    assert.deepEqual(
      [tooFar, noKey].map(({ status, fields }) => [status, fields[0].path]),
      [
        [422, 'deliverAt'],
        [422, 'orderKey'],
      ],
    );
    const row = await deliveryOf({ body: { data: first } });
    assert.deepEqual(
      [row['state'], row['deliver_at'], row['due_at'], row['expires_at'], row['order_key']],
      ['waiting', new Date(deliverAt), new Date(deliverAt), new Date(expiresAt), 'a'],
    );
    const without = await deliveryOf({ body: { data: plain } });
    assert.deepEqual([without['state'], without['order_number']], ['pending', null]);
  });

  it('are part of what an idempotency key stands for, and leave one without them what it was', async () => {
    const key = { 'Idempotency-Key': randomUUID() };
    const deliverAt = { 'X-Holdfast-Deliver-At': inMs(60_000) };

    const first = await send({ ...key, ...deliverAt });
    const same = await send({ ...key, ...deliverAt });
    const others = [
      await send(key),
      await send({ ...key, 'X-Holdfast-Deliver-At': inMs(90_000) }),
      await send({ ...key, ...deliverAt, 'X-Holdfast-Order-Key': 'a' }),
    ];

    assert.deepEqual([first.status, same.status, same.text], [202, 202, first.text]);
    for (const { status, body } of others)
      assert.deepEqual([status, body.code], [422, 'idempotency_mismatch']);
  });

  it('may be a key in UTF-8', async () => {
    await hook();
    const header = Buffer.from('Straße').toString('latin1');

    assert.equal((await deliveryOf(await send({ 'X-Holdfast-Order-Key': header })))['order_key'], 'Straße');
  });

  describe('of a hook that names the place of its order key', () => {
    const orderKeyIn = async (payload: unknown, headers = {}) =>
      (await deliveryOf(await send(headers, payload, 'issues.opened')))['order_key'];
    const issue = (title: string) => {
      const payload = issuePayload(repository);
      return { ...payload, issue: { ...payload.issue, title } };
    };

    it('are read there, unless the event brings a key of its own', async () => {
      await hook({ orderKey: 'issue.number' });

      assert.equal(await orderKeyIn(issue('It rains')), '3');
      assert.equal(await orderKeyIn(issue('It rains'), { 'X-Holdfast-Order-Key': 'own' }), 'own');
    });

    it('are none where there is nothing, and no longer than a key may be', async () => {
      await hook({ orderKey: 'issue.title' });

      assert.equal(await orderKeyIn(issue('x'.repeat(500))), 'x'.repeat(200));
      assert.equal((await deliveryOf(await send({})))['order_key'], null);
    });

    it('are found beside text that PostgreSQL cannot keep', async () => {
      await hook({ orderKey: 'issue.number' });

      const text = JSON.stringify(issue('TITLE')).replace('TITLE', '\\u0000 \\ud800 \\\\u0000 1e400000');

      assert.equal(await orderKeyIn(text), '3');
    });

    it('are changed and taken away with the setting, which is checked', async () => {
      const { id } = await hook({ orderKey: 'issue.number' });
      const patch = (orderKey: unknown) =>
        holdfast.call('PATCH', `/api/webhooks/${id}`, { token: repository.token, body: { orderKey } });

      for (const wrong of ['', '.', 'a..b', 'a.', 'x'.repeat(201), 7, 'a\u0000'])
        assert.deepEqual([(await patch(wrong)).status], [422], String(wrong));
      assert.equal((await patch('issue.title')).body.data.orderKey, 'issue.title');
      assert.equal(await orderKeyIn(issue('wet')), 'wet');
      assert.equal((await patch(null)).body.data.orderKey, null);
      assert.equal(await orderKeyIn(issue('wet')), null);
    });
  });
});
