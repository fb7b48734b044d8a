import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { readAddress, readTime, readTimestamp } from '#domain/rendering/field-readers.ts';

describe("a commit's time", () => {
  it('is in seconds below 10^11 and in milliseconds from there on', () => {
    assert.equal(readTimestamp(1_763_805_600), '2025-11-22T10:00:00.000Z');
    assert.equal(readTimestamp(1e11 - 1), '5138-11-16T09:46:39.000Z');
    assert.equal(readTimestamp(1e11), '1973-03-03T09:46:40.000Z');
    assert.equal(readTimestamp(1_763_805_600.25), '2025-11-22T10:00:00.250Z');
  });

  it('is left out where no calendar has it or its year has no four digits', () => {
    for (const value of [1e308, -1e308, 8.64e15 + 1, 253_402_300_800_000, -62_167_219_201, Infinity]) {
      assert.equal(readTimestamp(value), undefined, String(value));
    }
  });

  it('is written as Date writes it', () => {
    const years = { min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true };

    fc.assert(
      fc.property(fc.date(years), (date) => {
        fc.pre(date.getTime() >= 1e11);

        assert.equal(readTimestamp(date.getTime()), date.toISOString());
      }),
    );
  });
});

describe('a time', () => {
  it('is kept as it was written', () => {
    for (const time of ['2024-02-29T23:59:59+23:59', '2026-11-22T10:00:00.123456789Z']) {
      assert.equal(readTime(time), time);
    }
  });

  it('is left out when no calendar or clock has it, or when it has no offset', () => {
    for (const time of [
      '2023-02-29T00:00:00Z',
      '2026-11-22T24:00:00Z',
      '2026-11-22T10:00:00',
      '2026-11-22',
      7,
    ]) {
      assert.equal(readTime(time), undefined, String(time));
    }
  });
});

describe('an address', () => {
  const kept = [
    'http://[::1]:8080/x#top',
    'ssh://forge.example/a/b.git',
    'https://forge.example/a%20b?c=/d#e',
  ];
  const left = [
    'javascript:alert(1)',
    'data:text/html,x',
    '/olive/umbrella',
    '',
    'http://[::/',
    'https://a/100%',
  ];

  for (const text of kept) {
    it(`is kept as it was written: ${text}`, () => {
      assert.equal(readAddress(text), text);
    });
  }

  it('is escaped where it must be', () => {
    assert.equal(
      readAddress('https://forge.example/ü b?q=it|s#{x}'),
      'https://forge.example/%C3%BC%20b?q=it%7Cs#%7Bx%7D',
    );
  });

  for (const text of [...left, 'https://me:secret@forge.example/']) {
    it(`is left out when nobody should follow it: ${JSON.stringify(text)}`, () => {
      assert.equal(readAddress(text), undefined);
    });
  }

  it('is left out when it is longer than a thousand characters, escaped or not', () => {
    assert.equal(readAddress(`https://forge.example/${'a'.repeat(1000)}`), undefined);
    assert.equal(readAddress(`https://forge.example/${'ü'.repeat(900)}`), undefined);
  });
});
