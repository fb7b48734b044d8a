import assert from 'node:assert/strict';
import { nestsDeeperThan } from '#domain/nesting.ts';

describe('the nesting of a value', () => {
  it('is the levels of its arrays and objects, its own included', () => {
    assert.equal(nestsDeeperThan('text', 0), false);
    assert.equal(nestsDeeperThan(null, 0), false);
    assert.equal(nestsDeeperThan({}, 0), true);
    assert.equal(nestsDeeperThan({}, 1), false);
    assert.equal(nestsDeeperThan({ a: [1, { b: 'text' }] }, 3), false);
    assert.equal(nestsDeeperThan({ a: [1, { b: 'text' }] }, 2), true);
  });

  it('is told of a value that nests far deeper than one may go', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;

    assert.equal(nestsDeeperThan(deep, 513), true);
  });
});
