/** Idempotency keys: one event however often it is sent, and never an answer that pretends. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { query } from '#db/query.ts';
import { makeHook, makeRepository, plainPayload, type OwnedRepository } from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

describe('an idempotency key', () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(() => holdfast.stop());
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
    for (let made = 0; made < 3; made += 1)
      await makeHook(holdfast, repository, { url: 'https://example.com/hook', events: ['*'] });
  });

  const send = (
    key: string,
    body: unknown = plainPayload(repository),
    to = repository,
    type = 'star.added',
  ) =>
    holdfast.call('POST', `${to.path}/events/${type}`, {
      token: to.token,
      body,
      headers: { 'Idempotency-Key': key },
    });
  const countEvents = async (to = repository): Promise<number> => {
    const rows = await query<{ count: number }>(holdfast.database.pool, {
      text: `select count(*)::integer as count from event join repository on repository.id = repository_id
        where owner = $1`,
      values: [to.owner],
    });
    return rows[0]?.count ?? -1;
  };

  it('answers the first reply again, to the byte', async () => {
    const key = randomUUID();

    const first = await send(key);
    await makeHook(holdfast, repository, { url: 'https://example.com/late', events: ['*'] });
    const second = await send(key);

    assert.equal(first.status, 202);
    assert.equal(first.body.data.deliveries.length, 3);
    assert.equal(second.status, 202);
    assert.equal(second.text, first.text);
    assert.equal(await countEvents(), 1);
  });

  it('is refused with 422 for another body or another type', async () => {
    const key = randomUUID();
    await send(key);

    const spaced = await send(key, `${JSON.stringify(plainPayload(repository))} `);
    const typed = await send(key, plainPayload(repository), repository, 'fork.created');

    for (const { status, body } of [spaced, typed]) {
      assert.equal(status, 422);
      assert.equal(body.code, 'idempotency_mismatch');
      assert.equal(body.fields[0].path, 'Idempotency-Key');
    }
    assert.equal(await countEvents(), 1);
  });

  it("is each repository's own", async () => {
    const other = await makeRepository(holdfast);
    const key = randomUUID();

    const [first, second] = [await send(key), await send(key, plainPayload(other), other)];

    assert.notEqual(first.body.data.id, second.body.data.id);
    assert.deepEqual([await countEvents(), await countEvents(other)], [1, 1]);
  });

  it('is not used up by a request that was refused', async () => {
    const key = randomUUID();

    assert.equal((await send(key, '{')).status, 400);
    assert.equal((await send(key, {})).status, 422);
    assert.equal((await send(key)).status, 202);
  });

  it('makes one event of a hundred requests at once, all answered alike', async function () {
    this.timeout(60_000);
    const key = randomUUID();

    const answers = await Promise.all(Array.from({ length: 100 }, () => send(key)));

    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [202]);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    assert.equal(await countEvents(), 1);
  });

  it('answers 409 with Retry-After while the first request runs, and what became of it afterwards', async function () {
    this.timeout(40_000);
    const key = randomUUID();
    const client = new Client({ connectionString: holdfast.database.url });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(
        `insert into idempotency_key (repository_id, key, request_hash, event_id)
         select id, $2, '', uuidv7() from repository where owner = $1`,
        [repository.owner, key],
      );

      const [single, batch] = await Promise.all([
        send(key),
        holdfast.call('POST', '/api/events', {
          token: repository.token,
          body: [
            {
              repository: `${repository.owner}/${repository.name}`,
              type: 'star.added',
              payload: plainPayload(repository),
              idempotencyKey: key,
            },
          ],
        }),
      ]);

      for (const answer of [single, batch]) {
        assert.equal(answer.status, 409, answer.text);
        assert.equal(answer.body.code, 'still_running');
        assert.equal(answer.headers.get('retry-after'), '1');
      }
      await client.query('rollback');
      assert.equal((await send(key)).status, 202);
    } finally {
      await client.end();
    }
  });

  it('answers 503, not 409, when the database is locked for another reason', async function () {
    this.timeout(40_000);
    const client = new Client({ connectionString: holdfast.database.url });
    await client.connect();
    try {
      await client.query('begin');
      await client.query('select from repository where owner = $1 for update', [repository.owner]);

      const answer = await send(randomUUID());

      assert.equal(answer.status, 503, answer.text);
      assert.equal(answer.headers.get('retry-after'), '5');
    } finally {
      await client.end();
    }
  });

  it('is up to 255 printable characters without spaces', async () => {
    for (const key of ['a'.repeat(255), '!"#$%&()*+,-./:;<=>?@[]^_`{|}~', "' or 1=1 --".replaceAll(' ', '')])
      assert.equal((await send(key)).status, 202, key);
    for (const key of ['a'.repeat(256), 'a b', 'é', '\t', '']) {
      const { status, body } = await send(key);
      assert.equal(status, 422, JSON.stringify(key));
      assert.equal(body.fields[0].path, 'Idempotency-Key');
    }
  });
});
