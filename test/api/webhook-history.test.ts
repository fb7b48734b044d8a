/** How a hook has fared: its attempts, page by page, and their counts. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { query } from '#db/query.ts';
import { recordAttempt, type AttemptRecord } from '#db/queries/record-attempt.ts';
import {
  issuePayload,
  makeHook,
  makeRepository,
  plainPayload,
  sendEvent,
  type MadeHook,
  type OwnedRepository,
} from '../support/make.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

interface Row {
  readonly id: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly eventType: string;
}

describe("a webhook's history", () => {
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
    hook = await makeHook(holdfast, repository, { url: 'https://example.com/hook', events: ['*'] });
  });

  const get = (rest: string, token = repository.token) =>
    holdfast.call('GET', `/api/webhooks/${hook.id}${rest}`, { token });

  /** Sends an event and answers how to record attempts of its delivery. */
  const deliver = async (type = 'star.added', body: unknown = plainPayload(repository)) => {
    const event = await sendEvent(holdfast, repository, type, body);
    const deliveryId = event.deliveries[0]?.id as string;
    let attempt = 0;
    return async (changes: Partial<AttemptRecord> = {}): Promise<string> => {
      attempt += 1;
      const outcome = changes.outcome ?? 'http_5xx';
      await recordAttempt(
        holdfast.database.pool,
        {
          deliveryId,
          run: 0,
          attempt,
          hookId: hook.id,
          eventId: event.id,
          eventType: type,
          outcome,
          statusCode: outcome === 'delivered' ? 200 : 500,
          error: null,
          retryAfterMs: null,
          requestBody: null,
          recipients: null,
          byHand: false,
          requestHeaders: { 'X-Sigmagit-Event': type },
          responseHeaders: { 'content-type': 'text/plain' },
          responseBody: Buffer.from('noted'),
          responseTruncated: false,
          interrupted: false,
          durationMs: 12,
          nextState: outcome === 'delivered' ? 'delivered' : 'waiting',
          waitMs: outcome === 'delivered' ? null : 60_000,
          counts: true,
          halfUsed: false,
          ...changes,
        },
        14,
      );
      return deliveryId;
    };
  };

  it('is empty at first, with a success rate of 0', async () => {
    assert.deepEqual((await get('/deliveries')).body, { data: [], nextCursor: null });
    assert.deepEqual((await get('/stats')).body, {
      data: { total: 0, success: 0, failed: 0, successRate: 0 },
    });
  });

  it('has one row for each attempt, the newest first', async () => {
    const attempt = await deliver('issues.opened', issuePayload(repository));
    await attempt({ responseBody: Buffer.from('try later <b>') });
    const deliveryId = await attempt({ outcome: 'delivered', responseTruncated: true });

    const { body } = await get('/deliveries');

    assert.equal(body.nextCursor, null);
    assert.equal(body.data.length, 2);
    const [{ id, deliveredAt, ...newest }, older] = body.data;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.ok(Math.abs(Date.parse(deliveredAt) - Date.now()) < 60_000);
    assert.deepEqual(newest, {
      deliveryId,
      attempt: 2,
      webhookId: hook.id,
      eventType: 'issues.opened',
      payload: issuePayload(repository),
      statusCode: 200,
      response: 'noted',
      responseTruncated: true,
      durationMs: 12,
      outcome: 'delivered',
      interrupted: false,
    });
    assert.deepEqual([older.attempt, older.outcome, older.response], [1, 'http_5xx', 'try later <b>']);
  });

  it('shows no status and a sentence where there was no answer', async () => {
    const attempt = await deliver();
    const silence = { statusCode: null, responseHeaders: null, responseBody: null };
    await attempt({ ...silence, outcome: 'timeout' });
    await attempt({ ...silence, outcome: 'dns_error', error: 'The name has no address.' });
    await attempt({ outcome: 'delivered', responseBody: null });

    const { body } = await get('/deliveries');

    assert.deepEqual(
      body.data.map((row: { statusCode: number | null; response: string | null }) => [
        row.statusCode,
        row.response,
      ]),
      [
        [200, null],
        [null, 'The name has no address.'],
        [null, 'The receiver did not answer in time.'],
      ],
    );
  });

  it('embeds the payload word for word', async () => {
    const text = `{"z":1,"a":9007199254740993,"e":1e400,"m":"${'0'.repeat(32)}:0","lone":"\\ud800",  ${JSON.stringify(plainPayload(repository)).slice(1)}`;
    await (
      await deliver('star.added', text)
    )();

    const answer = await get('/deliveries');

    assert.ok(answer.text.includes(`"payload":${text},"statusCode"`), answer.text);
  });

  it('shows what receivers sent as inert text, whatever the bytes', async () => {
    const attempt = await deliver();
    await attempt({ responseBody: Buffer.from([0xff, 0x00, 0x3c, 0x0a, 0xed, 0xa0, 0x80]) });
    await attempt({ responseHeaders: { __proto__x: 'a', 'set-cookie': ['a', 'b'] } });

    const { body } = await get('/deliveries');

    assert.equal(body.data[1].response, '\ufffd\u0000<\n\ufffd\ufffd\ufffd');
  });

  it('counts network failures as failed', async () => {
    const attempt = await deliver();
    await attempt({ outcome: 'connection_refused', statusCode: null });
    await attempt({ outcome: 'redirect', statusCode: 302 });
    await attempt({ outcome: 'delivered' });

    assert.deepEqual((await get('/stats')).body.data, {
      total: 3,
      success: 1,
      failed: 2,
      successRate: 33.33,
    });
  });

  it('pages beyond the newest hundred without a gap or a double', async () => {
    const attempt = await deliver();
    for (let made = 0; made < 105; made += 1) await attempt();

    const first = await get('/deliveries');
    const rest = await get(`/deliveries?cursor=${first.body.nextCursor}`);
    const small: number[] = [];
    for (let cursor = ''; ;) {
      const { body } = await get(`/deliveries?limit=40&cursor=${cursor}`);
      small.push(...body.data.map((row: Row) => row.attempt));
      if (body.nextCursor === null) break;
      cursor = body.nextCursor;
    }

    assert.equal(first.body.data.length, 100);
    assert.equal(rest.body.data.length, 5);
    assert.equal(rest.body.nextCursor, null);
    const expected = Array.from({ length: 105 }, (_, at) => 105 - at);
    assert.deepEqual(
      [...first.body.data, ...rest.body.data].map((row: Row) => row.attempt),
      expected,
    );
    assert.deepEqual(small, expected);
  });

  it('is narrowed by event, outcome and time', async () => {
    const star = await deliver();
    await star();
    await star({ outcome: 'timeout', statusCode: null });
    const between = new Date();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const issue = await deliver('issues.opened', issuePayload(repository));
    await issue({ outcome: 'delivered' });

    const outcomesOf = async (search: string) =>
      (await get(`/deliveries?${search}`)).body.data.map((row: Row) => row.outcome);

    assert.deepEqual(await outcomesOf('event=star.added'), ['timeout', 'http_5xx']);
    assert.deepEqual(await outcomesOf('outcome=timeout'), ['timeout']);
    assert.deepEqual(await outcomesOf('outcome=failed'), ['timeout', 'http_5xx']);
    assert.deepEqual(await outcomesOf('outcome=delivered&event=star.added'), []);
    assert.deepEqual(await outcomesOf(`since=${between.toISOString()}`), ['delivered']);
    assert.deepEqual(await outcomesOf(`until=${between.toISOString()}`), ['timeout', 'http_5xx']);
    assert.deepEqual(await outcomesOf('since=1900-01-01T00:00:00Z&event=issues.opened'), ['delivered']);
    assert.deepEqual(await outcomesOf('until=1900-01-01T00:00:00Z'), []);
    assert.deepEqual(await outcomesOf('since=9999-12-31T23:59:59Z'), []);
    assert.equal((await outcomesOf('until=9999-12-31T23:59:59Z')).length, 3);
    assert.equal((await outcomesOf('since=2020-01-01T00:00:00%2B02:00')).length, 3);
    assert.deepEqual(await outcomesOf("event=' or 1=1 --"), []);
  });

  it('answers 400 to a cursor that is not one of its own', async () => {
    const good = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
    for (const cursor of [
      'x',
      'AAAA',
      `${good}A`,
      `${good}=`,
      randomUUID(),
      "'",
      '%00',
      'a'.repeat(5000),
      '../..',
    ]) {
      const { status, body } = await get(`/deliveries?cursor=${cursor}`);
      assert.deepEqual([status, body.code], [400, 'invalid_cursor'], cursor.slice(0, 40));
    }
    assert.equal((await get(`/deliveries?cursor=${good}`)).status, 200);
  });

  it('answers 422 to a query that is out of bounds or unknown', async () => {
    for (const [search, path] of [
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=1e9', 'limit'],
      ['limit=1000000000', 'limit'],
      ['limit=-1', 'limit'],
      ['limit=1.5', 'limit'],
      ['limit=1&limit=2', 'limit'],
      ['since=yesterday', 'since'],
      ['since=2026-02-30T00:00:00Z', 'since'],
      ['until=2026-01-01T00:00:00', 'until'],
      ['event=%00', 'event'],
      ['outcome=a%00', 'outcome'],
      [`event=${'a'.repeat(101)}`, 'event'],
      ['offset=1', 'offset'],
      ['__proto__[x]=1', '__proto__[x]'],
    ] as const) {
      const { status, body } = await get(`/deliveries?${search}`);
      assert.equal(status, 422, search);
      assert.equal(body.fields[0].path, path);
    }
  });

  it("never holds another hook's attempts", async () => {
    await (
      await deliver()
    )();
    const other = await makeHook(holdfast, repository, { url: 'https://example.com/other' });

    const { body } = await holdfast.call('GET', `/api/webhooks/${other.id}/deliveries`, {
      token: repository.token,
    });

    assert.deepEqual(body.data, []);
    const [row] = await query<{ count: number }>(holdfast.database.pool, {
      text: 'select count(*)::integer as count from attempt where hook_id = $1',
      values: [hook.id],
    });
    assert.equal(row?.count, 1);
  });
});
