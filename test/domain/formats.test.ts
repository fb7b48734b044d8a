import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { formatBody, formBody, hookFormats } from '#domain/formats.ts';

const acceptedAt = '2026-11-22T10:00:00.000Z';
const shape = 'sigmagit';
const odd = '  {"b": 9007199254740993, "a":1e400, "a": "\\ud800" }\n';

describe('the body of a hook', () => {
  it('has one of these formats: stored hooks name them', () => {
    assert.deepEqual([...hookFormats], ['sigmagit', 'socialgateway', 'standard']);
  });

  it('of format sigmagit is the payload to the byte', () => {
    assert.equal(formatBody('sigmagit', { type: 'push', shape, payload: odd, acceptedAt }), odd);
  });

  it('of format socialgateway is what was reported in that shape, to the byte', () => {
    const reported = odd.replace('{', '{"repository": {"full_name": "octo/hello"}, ');

    const body = formatBody('socialgateway', {
      type: 'push',
      shape: 'socialgateway',
      payload: reported,
      acceptedAt,
    });

    assert.equal(body, reported);
  });

  it('of format socialgateway is rendered from what was reported in the other shape', () => {
    const payload =
      '{"repository":{"id":"1","owner":"octo","name":"hello","url":"x"},"sender":{"id":"7","username":"octo"}}';

    const body = formatBody('socialgateway', { type: 'star.added', shape, payload, acceptedAt });

    const { action, repository, sender } = JSON.parse(body);
    assert.deepEqual([action, repository.full_name, sender.login], ['started', 'octo/hello', 'octo']);
  });

  it('as a form is one field that holds the JSON, whatever is in it', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        assert.deepEqual([...new URLSearchParams(formBody(json))], [['payload', json]]);
      }),
    );
  });

  it('of format standard has type, timestamp and data, with the payload put in as it is', () => {
    assert.equal(
      formatBody('standard', { type: 'push', shape, payload: odd, acceptedAt }),
      `{"type":"push","timestamp":"2026-11-22T10:00:00.000Z","data":${odd}}`,
    );
  });

  it('of format standard is JSON that holds the payload, whatever it is', () => {
    fc.assert(
      fc.property(fc.json(), (payload) => {
        const body: unknown = JSON.parse(
          formatBody('standard', { type: 'push', shape, payload, acceptedAt }),
        );
        assert.deepEqual(body, { type: 'push', timestamp: acceptedAt, data: JSON.parse(payload) });
      }),
    );
  });
});
