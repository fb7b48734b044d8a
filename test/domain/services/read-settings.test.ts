import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { maskSettings, secretSettings } from '#domain/services/mask-settings.ts';
import { readSettings } from '#domain/services/read-settings.ts';
import { services } from '#domain/services/registry.ts';
import type { MessageService, Settings } from '#domain/services/service.ts';

/** A service with a setting of each kind. */
const example: MessageService = {
  kind: 'message',
  name: 'example',
  title: 'Example',
  settings: [
    { name: 'room', type: 'string', required: true, longest: 10, description: '' },
    { name: 'colour', type: 'string', choices: ['red', 'blue'], description: '' },
    { name: 'token', type: 'password', description: '' },
    { name: 'loud', type: 'boolean', description: '' },
  ],
  supportedEvents: 'all',
  defaultEvents: ['push'],
  check: ({ room }) => (room === 'cellar' ? [{ setting: 'room', message: 'Not in the cellar' }] : []),
  compose: () => ({ transport: 'none', reason: 'It never speaks.' }),
};

function read(given: Readonly<Record<string, unknown>>, previous?: Settings): unknown {
  const reading = readSettings(example, given, previous);
  return 'settings' in reading
    ? reading.settings
    : Object.fromEntries(reading.problems.map(({ setting, message }) => [setting, message]));
}

describe('the settings of a hook', () => {
  it('are kept by name, white space reduced but in passwords', () => {
    assert.deepEqual(read({ room: ' the \t hall\n', token: ' a  b ', colour: 'red' }), {
      room: 'the hall',
      colour: 'red',
      token: ' a  b ',
    });
  });

  it('are absent when they are null, empty or blank', () => {
    assert.deepEqual(read({ room: 'hall', colour: null, token: '', loud: '' }), { room: 'hall' });
    assert.deepEqual(read({ room: '  ' }), { room: 'This is required' });
  });

  it('take booleans in the ways in which clients write them', () => {
    for (const [given, value] of [
      [true, true],
      [false, false],
      ['1', true],
      ['0', false],
      [1, true],
      [0, false],
      ['true', true],
      ['false', false],
    ] as const) {
      assert.deepEqual(read({ room: 'hall', loud: given }), { room: 'hall', loud: value });
    }
    for (const loud of ['yes', 2, {}, [], 'TRUE']) {
      assert.deepEqual(read({ room: 'hall', loud }), { loud: 'This must be true or false' });
    }
  });

  it('take a whole number for the text it reads as, and nothing else that is no text', () => {
    assert.deepEqual(read({ room: 6697 }), { room: '6697' });
    for (const room of [1.5, Number.MAX_SAFE_INTEGER + 1, true, {}, ['hall']]) {
      assert.deepEqual(read({ room }), { room: 'This must be a text' });
    }
  });

  it('say everything that is wrong at once', () => {
    assert.deepEqual(read({ colour: 'green', token: 'a\nb', loud: 'perhaps', rooom: 'hall' }), {
      room: 'This is required',
      colour: 'This must be one of: red, blue',
      token: 'This holds control characters',
      loud: 'This must be true or false',
      rooom: 'The service example has no such setting; did you mean room?',
    });
  });

  it('are those of the service alone, whatever names JavaScript knows', () => {
    const given = JSON.parse('{"room": "hall", "__proto__": "x", "constructor": 1}') as Record<
      string,
      unknown
    >;

    assert.deepEqual(Object.keys(read(given) as object), ['__proto__', 'constructor']);
  });

  it('tell of ten unknown names at the most', () => {
    const given = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, 1]));

    assert.equal(Object.keys(read({ room: 'hall', ...given }) as object).length, 10);
  });

  it('have their lengths', () => {
    assert.deepEqual(read({ room: 'x'.repeat(10) }), { room: 'x'.repeat(10) });
    assert.deepEqual(read({ room: 'x'.repeat(11) }), { room: 'This is longer than 10 characters' });
    assert.deepEqual(read({ room: 'hall', token: 'x'.repeat(256) }), {
      token: 'This is longer than 255 characters',
    });
  });

  it('are held against the rules of the service when nothing else is wrong', () => {
    assert.deepEqual(read({ room: 'cellar' }), { room: 'Not in the cellar' });
  });

  it('keep a password for which the mask is sent back, and drop one that is not sent', () => {
    const previous = { room: 'hall', token: 'hush' };

    assert.deepEqual(read({ room: 'yard', token: '********' }, previous), { room: 'yard', token: 'hush' });
    assert.deepEqual(read({ room: 'yard' }, previous), { room: 'yard' });
    assert.deepEqual(read({ room: 'yard', token: '********' }), {
      token: 'There is no earlier value to keep',
    });
  });

  it('are shown with their passwords masked, and read back to what they were', () => {
    const settings = { room: 'hall', token: 'hush', loud: false };

    const shown = maskSettings(example, settings);

    assert.deepEqual(shown, { room: 'hall', token: '********', loud: false });
    assert.deepEqual(read(shown, settings), settings);
    assert.deepEqual(secretSettings(example), ['token']);
  });

  it('are read without a fault and told without their values, whatever is given', () => {
    const names = fc.constantFrom(...services.flatMap((service) => service.settings.map(({ name }) => name)));
    const hidden = fc.string({ unit: 'binary', minLength: 8 }).map((text) => `hidden-${text}-`);
    const values = fc.oneof(hidden, fc.jsonValue());
    fc.assert(
      fc.property(fc.constantFrom(...services), fc.dictionary(names, values), (service, given) => {
        const reading = readSettings(service, given);

        if ('settings' in reading) return;
        assert.ok(reading.problems.length > 0);
        for (const { message } of reading.problems) assert.doesNotMatch(message, /hidden-/u);
      }),
    );
  });
});
