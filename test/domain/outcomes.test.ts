import assert from 'node:assert/strict';

import { outcomeOfStatus, outcomes, outcomeSentences } from '#domain/outcomes.ts';

describe('outcomes', () => {
  const cases = [
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [300, 'redirect'],
    [302, 'redirect'],
    [304, 'redirect'],
    [399, 'redirect'],
    [400, 'http_4xx'],
    [410, 'http_4xx'],
    [499, 'http_4xx'],
    [500, 'http_5xx'],
    [599, 'http_5xx'],
    [0, 'protocol_error'],
    [101, 'protocol_error'],
    [199, 'protocol_error'],
    [600, 'protocol_error'],
    [999, 'protocol_error'],
  ] as const;
  for (const [status, outcome] of cases) {
    it(`takes status ${status} for ${outcome}`, () => {
      assert.equal(outcomeOfStatus(status), outcome);
    });
  }

  it('has one whole sentence for each code', () => {
    for (const outcome of outcomes) assert.match(outcomeSentences[outcome], /^[A-Z].{20,90}\.$/);
    assert.equal(new Set(Object.values(outcomeSentences)).size, outcomes.length);
  });

  it('keeps its codes: stored attempts and clients know them', () => {
    assert.deepEqual([...outcomes].sort(), [
      'blocked_address',
      'connection_refused',
      'connection_reset',
      'delivered',
      'dns_error',
      'http_4xx',
      'http_5xx',
      'irc_refused',
      'irc_unavailable',
      'protocol_error',
      'redirect',
      'smtp_4xx',
      'smtp_5xx',
      'template_error',
      'timeout',
      'tls_error',
    ]);
  });
});
