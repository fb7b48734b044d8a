/** Signals that are wrong, each in its own way, and how they are shown. */
import { RawValue } from '@temporalio/common';

/** A signal that is wrong. */
export interface WrongSignal {
  /** What is signalled: mostly one value, sometimes none. */
  readonly args: readonly unknown[];
  /** How it is shown. */
  readonly key: string | null;
  readonly code: string;
  readonly reason: RegExp;
}

/** Bytes as some other client would send them. */
function sent(encoding: string, text: string): RawValue {
  return RawValue.fromPayload({ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(text) });
}

const noObject = { key: null, code: 'invalid_field', reason: /must be an object/ };
const unreadable = { key: null, code: 'invalid_json', reason: /^The signal cannot be read: / };
const inField = (key: string | null, reason: RegExp) => ({ key, code: 'invalid_field', reason });
const tooLarge = (key: string, reason: RegExp) => ({ key, code: 'payload_too_large', reason });

/** All of them; `event` makes one that is right but for the changes. */
export function wrongSignals(event: (key: string, more?: object) => object): readonly WrongSignal[] {
  const within = (key: string, text: string) =>
    sent('json/plain', JSON.stringify(event(key)).replace('"sender"', `"x":${text},"sender"`));
  return [
    { args: [], ...noObject },
    { args: ['text'], ...noObject },
    { args: [null], ...noObject },
    { args: [7], ...noObject },
    { args: [[event('in-a-list')]], ...noObject },
    { args: [Buffer.alloc(64 * 1024)], ...noObject },
    { args: [sent('binary/encrypted', '?')], ...unreadable },
    { args: [sent('json/plain', '{"key":')], ...unreadable },
    {
      args: [within('deep', `${'['.repeat(20_000)}${']'.repeat(20_000)}`)],
      key: 'deep',
      code: 'invalid_json',
      reason: /nests deeper than 512 levels/,
    },
    {
      args: [event('huge', { payloadText: 'x'.repeat(1_500_000) })],
      ...tooLarge('huge', /at most 65536 bytes, not \d+/),
    },
    {
      args: [event('large', { payload: 'x'.repeat(64 * 1024) })],
      ...tooLarge('large', /at most 65536 bytes, not \d+/),
    },
    // Small as it comes, large as it is written.
    { args: [within('grows', `[${'1e20,'.repeat(12_000)}0]`)], ...tooLarge('grows', /at most 262144 bytes/) },
    { args: [{}], ...inField(null, /^key: /) },
    { args: [event('')], ...inField('', /^key: must be 1 to 255 printable/) },
    { args: [event('with space')], ...inField('with space', /^key: must be/) },
    { args: [event('none', { payload: undefined })], ...inField('none', /^payload: Give either/) },
    { args: [event('both', { payloadText: '{}' })], ...inField('both', /^payload: Give either/) },
    { args: [event('shape', { payload: {} })], ...inField('shape', /^payload\.repository: /) },
    { args: [event('more', { colour: 'blue' })], ...inField('more', /^colour: There is no such field/) },
    {
      args: [event('text', { payload: undefined, payloadText: '{' })],
      key: 'text',
      code: 'invalid_json',
      reason: /not valid JSON/,
    },
    {
      args: [event('type', { type: 'star.add' })],
      key: 'type',
      code: 'unknown_event',
      reason: /did you mean star\.added/,
    },
  ];
}
