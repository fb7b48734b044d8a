import assert from 'node:assert/strict';
import { outcomeOfStatus, outcomes } from '#domain/outcomes.ts';
import { heedsRetryAfter, judgeAttempt } from '#domain/verdict.ts';

describe('the verdict', () => {
  const statuses = [
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [301, 'retry'],
    [304, 'retry'],
    [400, 'retry'],
    [401, 'retry'],
    [404, 'retry'],
    [409, 'retry'],
    [410, 'gone'],
    [411, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ] as const;
  for (const [status, verdict] of statuses) {
    it(`on status ${status} is ${verdict}`, () => {
      assert.equal(judgeAttempt(outcomeOfStatus(status), status), verdict);
    });
  }

  const forGood: readonly string[] = ['smtp_5xx', 'irc_refused'];
  for (const outcome of outcomes.filter((code) => code !== 'delivered')) {
    const verdict = forGood.includes(outcome) ? 'refused' : 'retry';
    it(`on ${outcome} without a status is ${verdict}`, () => {
      assert.equal(judgeAttempt(outcome, null), verdict);
    });
  }

  it('is gone on 410 of HTTP alone', () => {
    const verdicts = (['smtp_5xx', 'smtp_4xx'] as const).map((outcome) => judgeAttempt(outcome, 410));

    assert.deepEqual(verdicts, ['refused', 'retry']);
  });

  it('heeds Retry-After on 429 and 503 only', () => {
    const heeded = Array.from({ length: 600 }, (_, status) => status).filter(heedsRetryAfter);

    assert.deepEqual(heeded, [429, 503]);
    assert.equal(heedsRetryAfter(null), false);
  });
});
