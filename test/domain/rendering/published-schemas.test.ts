import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isJsonObject } from '#domain/rendering/field-readers.ts';
import { renderPing } from '#domain/rendering/ping.ts';
import { renderEvent } from '#domain/rendering/render-event.ts';
import { checkPayload } from '#intake/check-payload.ts';
import { samples } from '../../support/samples.ts';
import { acceptedEvents, githubNames } from './accepted-payloads.ts';
import { faultsOf } from './published-schemas.ts';

/** Renders an event as it is sent, and holds it against the published schema of its name and action. */
function assertTypes(event: { readonly type: string; readonly payload: string }): void {
  const { name, payload } = renderEvent(event);
  if (name === 'commit') return;
  const action = ['push', 'fork'].includes(name) ? 'event' : String(payload['action']);
  const faults = faultsOf(`${name}$${action}`, JSON.parse(JSON.stringify(payload)));
  assert.deepEqual(faults, [], `${event.type} ${event.payload}`);
}

/** Puts a value under every name into every object that does not have the name, at any depth. */
function inject(value: unknown, names: readonly string[], junkValue: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => inject(item, names, junkValue));
  if (!isJsonObject(value)) return value;
  const own = Object.entries(value).map(([field, item]) => [field, inject(item, names, junkValue)]);
  return { ...Object.fromEntries(names.map((name) => [name, junkValue])), ...Object.fromEntries(own) };
}

const junk = ['text', 1.5, 7, true, null, [], [7], ['x'], [{}], {}, { id: 'x', login: 3, state: 'odd' }];

// With a full_name the payload would be in this dialect already, and nobody would touch it.
const snakeCase = githubNames.filter((name) => name !== 'full_name' && !/[A-Z]/.test(name));
const camelCase = githubNames.filter(
  (name) => name !== 'full_name' && (/[A-Z]/.test(name) || !name.includes('_')),
);

describe("each field of a rendered event has the type that GitHub's schemas give it", () => {
  for (const { type, payload } of samples) {
    it(`for the sample of ${type}`, () => {
      const text = JSON.stringify(payload);
      checkPayload({ type, text, owner: 'octo', name: 'demo' });

      assertTypes({ type, payload: text });
    });
  }

  it('for whatever is accepted, and none fails to render', () => {
    fc.assert(
      fc.property(acceptedEvents, (event) => {
        checkPayload({ type: event.type, text: event.payload, owner: 'octo', name: 'demo' });

        assertTypes(event);
      }),
      { numRuns: 1500 },
    );
  });

  for (const { type, payload } of samples) {
    it(`for ${type} with fields of a producer's own that bear GitHub's names and other types`, () => {
      for (const value of junk) {
        for (const names of [snakeCase, camelCase]) {
          assertTypes({ type, payload: JSON.stringify(inject(payload, names, value)) });
        }
      }
    });
  }

  it('for a ping', () => {
    const hook = { type: 'Repository', id: 12, name: 'web', active: true, events: ['push'] };
    const ping = { zen: 'It rains on everybody.', hookId: 12, hook };

    const { name, payload } = renderPing({
      ...ping,
      repository: { owner: 'olive', name: 'umbrella' },
      sender: 'marta',
    });

    assert.equal(name, 'ping');
    assert.deepEqual(faultsOf('ping$event', payload), []);
    assert.deepEqual(payload, {
      zen: ping.zen,
      hook_id: 12,
      hook,
      repository: { name: 'umbrella', full_name: 'olive/umbrella', owner: { login: 'olive' } },
      sender: { login: 'marta' },
    });
  });
});
