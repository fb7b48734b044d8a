import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { formatBody, hookFormats } from '#domain/formats.ts';

const acceptedAt = '2026-11-22T10:00:00.000Z';
const odd = '  {"b": 9007199254740993, "a":1e400, "a": "\\ud800" }\n';

describe('the body of a hook', () => {
  it('has one of these formats: stored hooks name them', () => {
    assert.deepEqual([...hookFormats], ['sigmagit', 'standard']);
  });

  it('of format sigmagit is the payload to the byte', () => {
    assert.equal(formatBody('sigmagit', { type: 'push', payload: odd, acceptedAt }), odd);
  });

  it('of format standard has type, timestamp and data, with the payload put in as it is', () => {
    assert.equal(
      formatBody('standard', { type: 'push', payload: odd, acceptedAt }),
      `{"type":"push","timestamp":"2026-11-22T10:00:00.000Z","data":${odd}}`,
    );
  });

  it('of format standard is JSON that holds the payload, whatever it is', () => {
    fc.assert(
      fc.property(fc.json(), (payload) => {
        const body: unknown = JSON.parse(formatBody('standard', { type: 'push', payload, acceptedAt }));
        assert.deepEqual(body, { type: 'push', timestamp: acceptedAt, data: JSON.parse(payload) });
      }),
    );
  });
});
