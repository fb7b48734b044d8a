/** Hooks through the door in Sigmagit's shape: changing, rotating, deleting, and what that means for their deliveries. */
import assert from 'node:assert/strict';
import { query } from '#db/query.ts';
import { makeHook, makeRepository, sendEvent, type MadeHook, type OwnedRepository } from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

const url = 'https://example.com/hook';

describe('a webhook', () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;
  let hook: MadeHook;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
    hook = await makeHook(holdfast, repository, { url, events: ['star.added'] });
  });

  const call = (method: string, rest = '', body?: unknown) =>
    holdfast.call(method, `/api/webhooks/${hook.id}${rest}`, {
      token: repository.token,
      ...(body === undefined ? {} : { body }),
    });
  const change = (body: unknown) => call('PATCH', '', body);
  const stateOf = async (id: string) =>
    (await holdfast.call('GET', `/api/deliveries/${id}`, { token: repository.token })).body.data;
  const disable = () =>
    query(holdfast.database.pool, {
      text: `update hook set active = false, failure_count = 6, disabled_at = now(),
        disabled_reason = 'delivery_exhausted' where id = $1`,
      values: [hook.id],
    });

  it('changes what is given and nothing else', async () => {
    const before = (await call('GET')).body.data;

    const answer = await change({
      url: 'https://example.com/new',
      events: ['push'],
      schedule: [5],
      timeoutSeconds: 3,
    });

    assert.equal(answer.status, 200, answer.text);
    const { updatedAt, ...after } = answer.body.data;
    assert.ok(updatedAt > before.updatedAt);
    assert.deepEqual(after, {
      ...Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'updatedAt')),
      url: 'https://example.com/new',
      events: ['push'],
      schedule: [5],
      timeoutSeconds: 3,
    });
    assert.deepEqual((await call('GET')).body.data, answer.body.data);
  });

  it('changes nothing by an empty change', async () => {
    const before = (await call('GET')).body.data;

    assert.deepEqual((await change({})).body.data, before);
  });

  it('goes back to the standard schedule, to no headers and to no limits with null', async () => {
    const limits = { disableAfterConsecutiveFailures: 3, rateLimitPerSecond: 5, maxInFlight: 2 };
    await change({ schedule: [1], headers: { 'X-A': 'b' }, ...limits });
    const none = { disableAfterConsecutiveFailures: null, rateLimitPerSecond: null, maxInFlight: null };

    const { body } = await change({ schedule: null, headers: null, ...none });

    assert.deepEqual(body.data.schedule, [60, 300, 1800, 7200, 21_600]);
    assert.deepEqual(body.data.headers, {});
    const { disableAfterConsecutiveFailures, rateLimitPerSecond, maxInFlight } = body.data;
    assert.deepEqual({ disableAfterConsecutiveFailures, rateLimitPerSecond, maxInFlight }, none);
  });

  it('refuses a change with the same rules as creation, and stays as it was', async () => {
    const before = (await call('GET')).body.data;
    for (const [body, path] of [
      [{ url: 'http://user@example.com/' }, 'url'],
      [{ url: null }, 'url'],
      [{ url: 'https://example.com/ok', schedule: [0] }, 'schedule.0'],
      [{ timeoutSeconds: 31 }, 'timeoutSeconds'],
      [{ events: ['stars'] }, 'events.0'],
      [{ headers: { Host: 'a' } }, 'headers.Host'],
      [{ id: 'x' }, 'id'],
      [{ service: 'email' }, 'service'],
      [[], 'body'],
    ] as const) {
      const answer = await change(body);
      assert.equal(answer.status, 422, JSON.stringify(body));
      assert.equal(answer.body.fields[0].path, path);
    }
    assert.equal((await change('{')).status, 400);
    assert.equal((await change('')).status, 400);
    assert.equal((await change({ headers: { X: 'a'.repeat(70_000) } })).status, 413);
    assert.deepEqual((await call('GET')).body.data, before);
  });

  it('holds what waits when it is turned off, makes no new deliveries, and releases when it is turned on', async () => {
    const [delivery] = (await sendEvent(holdfast, repository)).deliveries;
    const id = delivery?.id as string;

    const off = await change({ active: false });
    const held = await stateOf(id);
    const ignored = await sendEvent(holdfast, repository);
    const on = await change({ active: true });
    const released = await stateOf(id);

    assert.deepEqual([off.body.data.active, off.body.data.disabledAt], [false, null]);
    assert.equal(held.state, 'held');
    assert.match(held.reason, /kept back/);
    assert.equal(held.nextAttemptAt, null);
    assert.deepEqual(ignored.deliveries, []);
    assert.equal(on.body.data.active, true);
    assert.equal(released.state, 'pending');
    assert.ok(released.nextAttemptAt !== null);
  });

  it('is enabled again with no failures to its name', async () => {
    await disable();
    const disabled = (await call('GET')).body.data;

    const { body } = await change({ active: true });

    assert.equal(disabled.disabledReason, 'delivery_exhausted');
    assert.equal(disabled.failureCount, 6);
    assert.ok(disabled.disabledAt !== null);
    assert.deepEqual(
      [body.data.active, body.data.failureCount, body.data.disabledAt, body.data.disabledReason],
      [true, 0, null, null],
    );
  });

  it('keeps its failure count when it is active already', async () => {
    await query(holdfast.database.pool, {
      text: 'update hook set failure_count = 3 where id = $1',
      values: [hook.id],
    });

    assert.equal((await change({ active: true })).body.data.failureCount, 3);
  });

  it('takes two changes at once without losing either', async () => {
    await Promise.all([
      ...Array.from({ length: 5 }, () => change({ timeoutSeconds: 7 })),
      ...Array.from({ length: 5 }, () => change({ schedule: [9] })),
    ]);

    const { data } = (await call('GET')).body;
    assert.deepEqual([data.timeoutSeconds, data.schedule], [7, [9]]);
  });

  it('gets a fresh secret that is shown once, and keeps the old one until the overlap ends', async () => {
    const began = Date.now();
    const standard = await call('POST', '/rotate-secret');
    const short = await call('POST', '/rotate-secret', { overlapHours: 1 });
    const none = await call('POST', '/rotate-secret', { overlapHours: 0 });

    for (const answer of [standard, short, none]) {
      assert.equal(answer.status, 200, answer.text);
      const { secret, standardSecret } = answer.body.data;
      assert.match(secret, /^[0-9a-f]{64}$/);
      assert.notEqual(secret, hook.secret);
      assert.equal(standardSecret, `whsec_${Buffer.from(secret).toString('base64')}`);
    }
    const hoursOf = ({ body }: typeof standard) =>
      Math.round((Date.parse(body.data.previousSecretUntil) - began) / 3_600_000);
    assert.deepEqual([hoursOf(standard), hoursOf(short)], [24, 1]);
    assert.equal(none.body.data.previousSecretUntil, null);
  });

  it('refuses an overlap out of bounds', async () => {
    for (const body of [{ overlapHours: -1 }, { overlapHours: 169 }, { overlapHours: '1' }, { hours: 1 }])
      assert.equal((await call('POST', '/rotate-secret', body)).status, 422);
    assert.equal((await call('POST', '/rotate-secret', '{')).status, 400);
  });

  it('is gone once deleted, and its deliveries are cancelled and never sent', async () => {
    const [delivery] = (await sendEvent(holdfast, repository)).deliveries;

    const answer = await call('DELETE');

    assert.equal(answer.status, 200);
    assert.equal(answer.text, '{"success":true}');
    for (const [method, rest] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['GET', '/deliveries'],
      ['GET', '/stats'],
      ['POST', '/rotate-secret'],
    ] as const) {
      const gone = await call(method, rest, method === 'PATCH' ? {} : undefined);
      assert.deepEqual([gone.status, gone.body.error], [404, 'Webhook not found'], `${method} ${rest}`);
    }
    const list = await holdfast.call('GET', `${repository.path}/webhooks`, { token: repository.token });
    assert.deepEqual(list.body.data, []);
    assert.equal((await stateOf(delivery?.id as string)).state, 'cancelled');
    assert.deepEqual((await sendEvent(holdfast, repository)).deliveries, []);
    const [row] = await query<{ secret: null; headers: null }>(holdfast.database.pool, {
      text: 'select secret, headers from hook where id = $1',
      values: [hook.id],
    });
    assert.deepEqual(row, { secret: null, headers: null });
  });

  it('is deleted once by many who delete it at the same time', async () => {
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await call('DELETE')).status));

    assert.deepEqual(
      statuses.filter((status) => status === 200),
      [200],
    );
    assert.ok(statuses.every((status) => status === 200 || status === 404));
  });
});
