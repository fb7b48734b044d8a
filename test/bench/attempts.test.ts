import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { openAttempts, type Attempt } from '../../bench/baselines/attempts.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const schema = 'bench_test';

function makeAttempt(): Attempt {
  return {
    id: randomUUID(),
    statusCode: 200,
    requestHeaders: '{"webhook-id":"1"}',
    responseHeaders: '{"content-length":"0"}',
    responseBody: Buffer.from([0, 255]),
    durationMs: 1.5,
  };
}

describe("the baselines' attempt record", () => {
  let database: TestDatabase;

  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.drop());

  it('is the same one by one and many at a time, in a table that has the columns of ours', async () => {
    const attempts = openAttempts(database.url, schema);
    await attempts.prepare();
    const one = makeAttempt();
    const many = [makeAttempt(), makeAttempt()];

    await attempts.record(one);
    await attempts.recordMany(many);
    await attempts.recordMany(many);

    const { rows } = await database.pool.query(
      `select delivery_id, delivered, status_code, request_headers, response_body, duration_ms from ${schema}.attempt`,
    );
    const expected = [one, ...many].map((attempt) => ({
      delivery_id: attempt.id,
      delivered: true,
      status_code: 200,
      request_headers: { 'webhook-id': '1' },
      response_body: Buffer.from([0, 255]),
      duration_ms: 2,
    }));
    assert.deepEqual(new Set(rows), new Set(expected));
    await attempts.close();
  });
});
