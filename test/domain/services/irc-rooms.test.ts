import assert from 'node:assert/strict';
import { readRooms, roomKeys } from '#domain/services/irc-rooms.ts';
import { maskSettings, secretSettings } from '#domain/services/mask-settings.ts';
import { readSettings } from '#domain/services/read-settings.ts';
import { irc } from '#domain/services/irc.ts';

const previous = { server: 'irc.example', room: 'dev, #ops::canary' };

describe('the passwords of IRC rooms', () => {
  it('are kept encrypted with the rooms, and shown as masks', () => {
    assert.ok(secretSettings(irc).includes('room'));
    assert.deepEqual(maskSettings(irc, { server: 'irc.example', room: 'dev, #ops::canary, x::other' }), {
      server: 'irc.example',
      room: 'dev, #ops::********, x::********',
    });
  });

  it('stay when their masks are sent back, room by room, whatever the order', () => {
    const before = { server: 'irc.example', room: '#ops::one, dev::two' };

    const reading = readSettings(
      irc,
      { server: 'irc.example', room: '#dev::********,new,ops::********' },
      before,
    );

    assert.deepEqual(reading, { settings: { server: 'irc.example', room: '#dev::two,new,ops::one' } });
  });

  it('are refused when there is none for a mask to stand for', () => {
    const reading = readSettings(irc, { server: 'irc.example', room: 'new::********' }, previous);

    assert.deepEqual(reading, {
      problems: [{ setting: 'room', message: 'There is no earlier password to keep' }],
    });
  });

  it('may hold what would be special in a replacement', () => {
    const restored = roomKeys.restore('ops::********', 'ops::$&$1');

    assert.deepEqual(readRooms(restored), { rooms: [{ name: '#ops', key: '$&$1' }] });
  });
});
