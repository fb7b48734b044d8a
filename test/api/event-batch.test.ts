/** Batches: the right ones accepted in one transaction, each item with its own answer, in order. */
import assert from 'node:assert/strict';
import { query } from '#db/query.ts';
import {
  issuePayload,
  makeHook,
  makeRepository,
  makeToken,
  plainPayload,
  type OwnedRepository,
} from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

describe('a batch of events', () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(function () {
    // A thousand workflows are being started when the door closes.
    this.timeout(60_000);
    return holdfast.stop();
  });
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
  });

  const send = (body: unknown, token = repository.token) =>
    holdfast.call('POST', '/api/events', { token, body });
  const item = (more: object = {}) => ({
    repository: `${repository.owner}/${repository.name}`,
    type: 'star.added',
    payload: plainPayload(repository),
    ...more,
  });
  const storedPayload = async (id: string): Promise<string | undefined> => {
    const rows = await query<{ payload: string }>(holdfast.database.pool, {
      text: 'select payload::text as payload from event where id = $1',
      values: [id],
    });
    return rows[0]?.payload;
  };
  const countEvents = async (): Promise<number> => {
    const rows = await query<{ count: number }>(holdfast.database.pool, {
      text: 'select count(*)::integer as count from event join repository on repository.id = repository_id where owner = $1',
      values: [repository.owner],
    });
    return rows[0]?.count ?? -1;
  };

  it('of a thousand is one transaction, its answers in order', async function () {
    this.timeout(60_000);
    await makeHook(holdfast, repository, { url: 'https://example.com/hook', events: ['star.added'] });
    const items = Array.from({ length: 1000 }, (_, at) =>
      item({ payload: { ...plainPayload(repository), at } }),
    );

    const { status, body } = await send(items);

    assert.equal(status, 200);
    assert.equal(body.data.length, 1000);
    assert.ok(body.data.every((result: { status: number }) => result.status === 202));
    assert.ok(body.data.every((result: { deliveries: object[] }) => result.deliveries.length === 1));
    const rows = await query<{ ids: string[]; transactions: number }>(holdfast.database.pool, {
      text: `select array_agg(event.id::text order by (payload->>'at')::integer) as ids,
          count(distinct event.xmin::text)::integer as transactions
        from event join repository on repository.id = repository_id where owner = $1`,
      values: [repository.owner],
    });
    assert.deepEqual(
      body.data.map((result: { id: string }) => result.id),
      rows[0]?.ids,
    );
    assert.equal(rows[0]?.transactions, 1);
  });

  it('answers each item by itself, the wrong ones without harm to the others', async () => {
    const nested = JSON.parse(`${'['.repeat(600)}${']'.repeat(600)}`) as unknown;
    const items = [
      item(),
      item({ repository: 'nobody/nothing' }),
      item({ type: 'star.add' }),
      item({ payload: { ...plainPayload(repository), pad: 'x'.repeat(256 * 1024) } }),
      item({ type: 'issues.opened', payload: issuePayload(repository, 'closed') }),
      item({ payload: { ...plainPayload(repository), nested } }),
      item({ payloadText: '{}' }),
      { repository: item().repository, type: 'star.added' },
      item({ payload: undefined, payloadText: '{' }),
      item({ payload: undefined, payloadText: '{"lone":"\ud800"}' }),
      item({ repository: 'a\u0000/b' }),
      item({ repository: 'nameless' }),
      item({ idempotencyKey: 'with space' }),
      item({ colour: 'blue' }),
      null,
      7,
      item({ payload: null }),
      item({ type: 'issues.opened', payload: issuePayload(repository) }),
    ];

    const { status, body } = await send(items);

    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(
      body.data.map((result: { status: number; code?: string; fields?: { path: string }[] }) =>
        [result.status, result.code, result.fields?.[0]?.path].filter((part) => part !== undefined).join(' '),
      ),
      [
        '202',
        '404 not_found',
        '422 unknown_event type',
        '413 payload_too_large',
        '422 invalid_field payload.action',
        '400 invalid_json',
        '422 invalid_field payload',
        '422 invalid_field payload',
        '400 invalid_json',
        '400 invalid_json',
        '404 not_found',
        '422 invalid_field repository',
        '422 invalid_field idempotencyKey',
        '422 invalid_field colour',
        '422 invalid_field item',
        '422 invalid_field item',
        '422 invalid_field payload',
        '202',
      ],
    );
    assert.match(body.data[2].error, /did you mean star\.added/);
    assert.equal(await countEvents(), 2);
  });

  it('writes `payload` once and keeps `payloadText` as it is given', async () => {
    const payloadText = ` {"big": 9007199254740993, ${JSON.stringify(plainPayload(repository)).slice(1)}\n`;
    const text = `[${JSON.stringify({ ...item(), payload: undefined, payloadText })},
      {"repository":"${item().repository}","type":"star.added",
       "payload": {"b": 1, "a": "\\ud800", "__proto__": {"x": 1}, ${JSON.stringify(plainPayload(repository)).slice(1)} }]`;

    const { body } = await send(text);

    assert.equal(await storedPayload(body.data[0].id), payloadText);
    assert.equal(
      await storedPayload(body.data[1].id),
      `{"b":1,"a":"\\ud800","__proto__":{"x":1},${JSON.stringify(plainPayload(repository)).slice(1)}`,
    );
  });

  it('accepts a key once inside itself and across batches', async () => {
    const first = await send([
      item({ idempotencyKey: 'one' }),
      item({ idempotencyKey: 'one' }),
      item({ idempotencyKey: 'one', type: 'fork.created' }),
      item({ idempotencyKey: 'two' }),
    ]);
    const second = await send([item({ idempotencyKey: 'two' }), item({ idempotencyKey: 'one' })]);

    const [one, again, other, two] = first.body.data;
    assert.deepEqual(again, one);
    assert.deepEqual([other.status, other.code], [422, 'idempotency_mismatch']);
    assert.equal(other.fields[0].path, 'idempotencyKey');
    assert.deepEqual(second.body.data, [two, one]);
    assert.equal(await countEvents(), 2);
  });

  it('reaches only the repositories of its sender, unless it is the platform', async () => {
    const other = await makeRepository(holdfast);
    const items = [item(), item({ repository: `${other.owner}/${other.name}` })];
    const platform = await makeToken(holdfast, 'machine', ['platform']);

    const statuses = async (token: string) =>
      (await send(items, token)).body.data.map((result: { status: number }) => result.status);

    assert.deepEqual(await statuses(repository.token), [202, 404]);
    assert.deepEqual(await statuses(other.token), [404, 202]);
    assert.deepEqual(await statuses(platform), [202, 202]);
  });

  it('is refused whole with 422 over a thousand items, 413 over 8 MiB, 400 when it is not JSON', async () => {
    const many = await send(Array.from({ length: 1001 }, () => item()));
    const large = await send(`[${' '.repeat(8 * 1024 * 1024)}]`);
    const broken = await send('[{]');
    const object = await send(item());

    assert.deepEqual([many.status, many.body.fields[0].path], [422, 'body']);
    assert.deepEqual([large.status, large.body.code], [413, 'payload_too_large']);
    assert.deepEqual([broken.status, broken.body.code], [400, 'invalid_json']);
    assert.deepEqual([object.status, object.body.fields[0].path], [422, 'body']);
    assert.equal(await countEvents(), 0);
  });

  it('may have 8 MiB exactly', async function () {
    this.timeout(60_000);
    const text = JSON.stringify([item()]);

    const { status } = await send(`${text}${' '.repeat(8 * 1024 * 1024 - Buffer.byteLength(text))}`);

    assert.equal(status, 200);
  });
});
