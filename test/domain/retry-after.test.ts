import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parseRetryAfter } from '#domain/retry-after.ts';

const now = Date.parse('2026-11-22T10:00:00Z');

describe('Retry-After', () => {
  const cases = [
    ['0', 0],
    ['120', 120_000],
    [' 120 ', 120_000],
    ['9999999999', 9_999_999_999_000],
    ['Sun, 22 Nov 2026 10:01:30 GMT', 90_000],
    ['Sun, 22 Nov 2026 09:59:00 GMT', 0],
    ['Fri, 22 Nov 1999 10:00:00 GMT', 0],
    ['', null],
    ['-1', null],
    ['+5', null],
    ['1.5', null],
    ['1e3', null],
    ['0x10', null],
    ['12 seconds', null],
    ['99999999999', null],
    ['soon', null],
    ['2026-11-22T10:01:30Z', null],
    ['Sunday, 22-Nov-26 10:01:30 GMT', null],
    ['Sun Nov 22 10:01:30 2026', null],
    ['Sun, 22 Nov 2026 10:01:30 +0100', null],
    ['Sun, 99 Nov 2026 10:01:30 GMT', null],
    ['Sun, 22 Foo 2026 10:01:30 GMT', null],
    ['１２０', null],
    ['120, 240', null],
  ] as const;
  for (const [header, waitMs] of cases) {
    it(`${JSON.stringify(header)} means ${waitMs === null ? 'nothing' : `${waitMs} ms`}`, () => {
      assert.equal(parseRetryAfter(header, now), waitMs);
    });
  }

  it('that is absent means nothing', () => {
    assert.equal(parseRetryAfter(null, now), null);
  });

  it('is never read at length', () => {
    assert.equal(parseRetryAfter(`${' '.repeat(1_000_000)}1`, now), null);
  });

  it('with a date means the time until then', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
        const header = new Date(now + seconds * 1000).toUTCString();
        assert.equal(parseRetryAfter(header, now), seconds * 1000);
      }),
    );
  });

  it('gives a finite wait that is not negative, or nothing, whatever a receiver writes', () => {
    const headers = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^(Mon|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/),
    );
    fc.assert(
      fc.property(headers, (header) => {
        const waitMs = parseRetryAfter(header, now);
        return waitMs === null || (Number.isFinite(waitMs) && waitMs >= 0);
      }),
    );
  });
});
