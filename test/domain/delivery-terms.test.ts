import assert from 'node:assert/strict';
import { readDeliveryTerms, type GivenTerms } from '#domain/delivery-terms.ts';
import { Refusal } from '#domain/refusals.ts';

const nowMs = Date.parse('2026-11-22T12:00:00Z');
const names = { deliverAt: 'Deliver', expiresAt: 'Expires', orderKey: 'Order' };

const read = (given: GivenTerms) => readDeliveryTerms(given, names, nowMs);

/** The field and the message with which terms are refused. */
function refused(given: GivenTerms): string {
  try {
    read(given);
  } catch (error) {
    assert.ok(error instanceof Refusal);
    assert.equal(error.status, 422);
    return error.message;
  }
  return assert.fail(`${JSON.stringify(given)} is not refused`);
}

describe('the terms of deliveries', () => {
  it('are none when nothing is said', () => {
    assert.equal(read({}), undefined);
    assert.equal(read({ deliverAt: undefined }), undefined);
  });

  it('are times with Z or an offset, and a key', () => {
    assert.deepEqual(
      read({
        deliverAt: '2026-11-23T01:00:00.5+01:00',
        expiresAt: '2026-11-24T00:00Z',
        orderKey: 'Straße 7 🐟',
      }),
      {
        deliverAt: new Date('2026-11-23T00:00:00.500Z'),
        expiresAt: new Date('2026-11-24T00:00:00Z'),
        orderKey: 'Straße 7 🐟',
      },
    );
    assert.deepEqual(read({ orderKey: 'k' }), { deliverAt: null, expiresAt: null, orderKey: 'k' });
  });

  it('may ask for a time to deliver at that is past, or ninety days ahead', () => {
    assert.ok(read({ deliverAt: '1999-01-01T00:00:00Z' }));
    assert.ok(read({ deliverAt: '2027-02-20T12:00:00Z' }));
  });

  it('name what is not a time, and its value', () => {
    for (const text of [
      '',
      'tomorrow',
      '1764000000',
      '2026-11-23',
      '2026-11-23T00:00:00',
      '2026-02-30T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-11-23T25:00:00Z',
      ` 2026-11-23T00:00:00Z`,
    ]) {
      const message = `must be an ISO 8601 time with Z or an offset, not ${JSON.stringify(text)}`;
      assert.equal(refused({ deliverAt: text }), `Deliver: ${message}`);
      assert.equal(refused({ expiresAt: text }), `Expires: ${message}`);
    }
  });

  it('name times that are too far, over, or in the wrong order', () => {
    const later = '2027-02-20T12:00:01Z';
    const past = '2026-11-22T12:00:00Z';
    const time = '2026-11-23T00:00:00Z';

    assert.equal(refused({ deliverAt: later }), `Deliver: must be at most 90 days ahead, not "${later}"`);
    assert.equal(refused({ expiresAt: past }), `Expires: must be ahead, not "${past}"`);
    assert.equal(
      refused({ deliverAt: time, expiresAt: time }),
      `Expires: must be after Deliver, not "${time}"`,
    );
  });

  it('name a key that is empty, too long, or holds what is not printed', () => {
    for (const orderKey of ['', '   ', 'x'.repeat(201), 'a\nb', 'a\u0000', '\ud800', 'a\u2028'])
      assert.match(refused({ orderKey }), /^Order: must be 1 to 200 printable characters, not "/);
    assert.ok(read({ orderKey: '🐟'.repeat(200) }));
  });

  it('quote no more of a value than tells which it is', () => {
    assert.ok(refused({ deliverAt: 'x'.repeat(10_000) }).length < 250);
  });
});
